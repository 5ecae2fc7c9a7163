//! Orders that end without money, and orders that are closed after delivery.

use chrono::Duration;
use fault::Code;
use proto::bill::v1::*;

use super::{
    order_stage::{MONTHLY, orders_of, product, recharge},
    stage::{MEMBER, OTHER, Stage, refused},
};
use crate::operations::orders::expire_orders::expire_orders;

#[tokio::test]
async fn a_pending_order_is_cancelled_once_and_money_wins() {
    let stage = Stage::start().await;
    let order = stage.order(product(MONTHLY)).await;
    let closed = stage.close(&order).await;
    assert!(closed.is_closed);
    let shown = closed.order.unwrap();
    assert_eq!((shown.status(), shown.cancel_reason.as_str()), (OrderStatus::Cancelled, "不要了"));
    assert!(!stage.close(&order).await.is_closed);
    let order = stage.order(recharge(100)).await;
    stage.pay(&order, "PAY1").await;
    let found = stage.close(&order).await;
    assert_eq!((found.is_closed, found.order.unwrap().status()), (false, OrderStatus::Paid));
}

#[tokio::test]
async fn an_order_is_closed_in_the_name_of_its_owner_or_an_operator_alone() {
    let stage = Stage::start().await;
    let order = stage.order(product(MONTHLY)).await;
    let asked = CloseOrderRequest { order_no: order.order_no.clone(), reason: String::new() };
    let proof = stage.served.keys.service("payment");
    let via = |visitor: host::testing::Visitor| orders_of(&visitor.with("x-service-authorization", &proof));
    let stranger = via(stage.served.user(OTHER)).close_order(asked.clone()).await;
    assert_eq!(refused(stranger).1.code(), Code::NotFound);
    let long = CloseOrderRequest { reason: "长".repeat(1_001), ..asked.clone() };
    assert_eq!(refused(via(stage.served.user(MEMBER)).close_order(long).await).1.field(), Some("reason"));
    assert!(via(stage.served.user(MEMBER)).close_order(asked).await.unwrap().into_inner().is_closed);
    let order = stage.order(product(MONTHLY)).await;
    let asked = CloseOrderRequest { order_no: order.order_no, reason: String::new() };
    assert!(via(stage.served.admin(1)).close_order(asked).await.unwrap().into_inner().is_closed);
}

#[tokio::test]
async fn overdue_orders_are_cancelled_by_every_copy_together_once_each() {
    let stage = Stage::still().await;
    let service = crate::service::Service::of_test(&stage);
    for _ in 0..120 {
        stage.order(recharge(100)).await;
    }
    let in_time = stage.order(recharge(100)).await;
    stage.pay(&in_time, "PAY1").await;
    assert_eq!(expire_orders(&service).await.unwrap(), 0);
    stage.clock.advance(Duration::minutes(31));
    let fresh = stage.order(recharge(100)).await;
    let (one, two, three) =
        tokio::join!(expire_orders(&service), expire_orders(&service), expire_orders(&service));
    assert_eq!(one.unwrap() + two.unwrap() + three.unwrap() + expire_orders(&service).await.unwrap(), 120);
    assert_eq!(stage.shown(&fresh).await.status(), OrderStatus::Pending);
    assert_eq!(stage.shown(&in_time).await.status(), OrderStatus::Paid);
    let asked = ListOrdersRequest { status: OrderStatus::Cancelled.into(), ..ListOrdersRequest::default() };
    let cancelled = stage.payer().list_orders(asked).await.unwrap().into_inner();
    assert_eq!(cancelled.page.unwrap().total_rows, 120);
    assert_eq!(stage.history(&cancelled.orders[0]).await, [("pending".to_owned(), "cancelled".to_owned())]);
    assert_eq!(cancelled.orders[0].cancel_reason, "订单超时自动取消");
}

#[tokio::test]
async fn an_operator_completes_a_paid_order_by_hand() {
    let stage = Stage::start().await;
    let order = stage.order(recharge(100)).await;
    let asked = CompleteOrderRequest { order_id: order.id };
    assert_eq!(refused(stage.payer().complete_order(asked).await).1.code(), Code::Forbidden);
    let mut operator = orders_of(&stage.served.admin(1));
    assert_eq!(refused(operator.complete_order(asked).await).1.code(), Code::StateConflict);
    assert_eq!(
        refused(operator.complete_order(CompleteOrderRequest { order_id: 1 }).await).1.code(),
        Code::NotFound
    );
    stage.pay(&order, "PAY1").await;
    stage.prepare(&order, "REF1", 50).await.unwrap();
    assert_eq!(
        refused(operator.complete_order(asked).await).1.code(),
        Code::StateConflict,
        "a refund is open"
    );
    stage.release("REF1").await.unwrap();
    let done = operator.complete_order(asked).await.unwrap().into_inner().order.unwrap();
    assert_eq!(done.status(), OrderStatus::Completed);
    assert_eq!(stage.prepare(&order, "REF2", 50).await.unwrap_err().code(), Code::RefundNotAllowed);
}
