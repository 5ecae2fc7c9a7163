//! Who sees which order, and how an overdue one reads.

use chrono::Duration;
use fault::Code;
use proto::{bill::v1::*, page::v1::Request as Page};

use super::{
    order_stage::{MONTHLY, POINTS_PACK, orders_of, product, recharge},
    stage::{MEMBER, OTHER, Stage, refused},
};

#[tokio::test]
async fn an_order_is_seen_by_its_owner_operators_and_services() {
    let stage = Stage::start().await;
    let order = stage.order(product(MONTHLY)).await;
    let by_id = GetOrderRequest { order_id: order.id, order_no: String::new() };
    let by_no = GetOrderRequest { order_id: 0, order_no: order.order_no.clone() };
    let people = [stage.served.user(MEMBER), stage.served.admin(1), stage.served.service("gateway")];
    for visitor in &people {
        for asked in [&by_id, &by_no] {
            let seen = orders_of(visitor).get_order(asked.clone()).await.unwrap().into_inner().order.unwrap();
            assert_eq!(seen, order);
        }
    }
    let (_, stranger) = refused(orders_of(&stage.served.user(OTHER)).get_order(by_no).await);
    let unknown = GetOrderRequest { order_id: 0, order_no: "ORD000000".to_owned() };
    let (_, nobody) = refused(orders_of(&stage.served.user(OTHER)).get_order(unknown).await);
    assert_eq!((stranger.code(), stranger.detail()), (nobody.code(), nobody.detail()));
    let through = orders_of(&stage.served.user_via("payment")).get_order(by_id).await;
    assert_eq!(refused(through).1.code(), Code::NotFound, "a service that brings a user sees what he sees");
}

#[tokio::test]
async fn an_order_past_its_deadline_reads_as_cancelled_at_once() {
    let stage = Stage::still().await;
    let order = stage.order(product(MONTHLY)).await;
    stage.clock.advance(Duration::minutes(30));
    assert_eq!(stage.shown(&order).await.status(), OrderStatus::Pending, "the last instant is in time");
    stage.clock.advance(Duration::microseconds(1));
    let overdue = stage.shown(&order).await;
    assert_eq!(
        (overdue.status(), overdue.cancel_reason.as_str()),
        (OrderStatus::Cancelled, "订单超时自动取消")
    );
    assert!(stage.history(&order).await.is_empty(), "nobody has written it down yet");
    let list = async |status: OrderStatus| {
        let asked = ListOrdersRequest { status: status.into(), ..ListOrdersRequest::default() };
        stage.payer().list_orders(asked).await.unwrap().into_inner().orders.len()
    };
    assert_eq!((list(OrderStatus::Cancelled).await, list(OrderStatus::Pending).await), (1, 0));
}

#[tokio::test]
async fn everybody_lists_his_own_orders_and_operators_all() {
    let stage = Stage::start().await;
    let mine = [stage.order(product(MONTHLY)).await, stage.order(product(POINTS_PACK)).await];
    let mut other = orders_of(&stage.served.user(OTHER));
    other.create_order(recharge(100)).await.unwrap();
    let all = ListOrdersRequest::default();
    let listed = stage.payer().list_orders(all).await.unwrap().into_inner();
    assert_eq!(listed.orders, [mine[1].clone(), mine[0].clone()]);
    assert_eq!(listed.page.unwrap().total_rows, 2);
    let points = ListOrdersRequest { kind: OrderKind::Points.into(), ..all };
    assert_eq!(stage.payer().list_orders(points).await.unwrap().into_inner().orders, [mine[1].clone()]);
    let second = ListOrdersRequest { page: Some(Page { number: 2, size: 1 }), ..all };
    assert_eq!(stage.payer().list_orders(second).await.unwrap().into_inner().orders, [mine[0].clone()]);
    let mut operator = orders_of(&stage.served.admin(1));
    assert_eq!(operator.list_orders(all).await.unwrap().into_inner().orders.len(), 3);
    let of = ListOrdersRequest { user_id: MEMBER, ..all };
    assert_eq!(operator.list_orders(of).await.unwrap().into_inner().orders.len(), 2);
    assert_eq!(refused(other.list_orders(of).await).1.code(), Code::Forbidden);
    for (asked, field) in [
        (ListOrdersRequest { status: 9, ..all }, "status"),
        (ListOrdersRequest { kind: 9, ..all }, "kind"),
        (ListOrdersRequest { page: Some(Page { number: 1, size: 101 }), ..all }, "limit"),
    ] {
        let (_, fault) = refused(other.list_orders(asked).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
}
