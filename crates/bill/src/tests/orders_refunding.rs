//! Refunds: what they set aside, take back and give back.

use fault::{Code, Fault};
use proto::bill::v1::*;

use super::{
    order_stage::{MONTHLY, POINTS_PACK, product, recharge, share},
    stage::{ADMIN, MEMBER, OTHER, Stage},
};
use crate::operations::orders::refund_jobs;

#[tokio::test]
async fn refunds_in_parts_take_back_all_of_a_membership_and_nothing_twice() {
    let stage = Stage::start().await;
    let order = stage.delivered(product(MONTHLY), "PAY1").await;
    let mut days = Vec::new();
    for (refund_no, amount) in [("REF1", 1_000), ("REF2", 4_000), ("REF3", 4_900)] {
        let refund = stage.prepare(&order, refund_no, amount).await.unwrap();
        assert_eq!(
            stage.prepare(&order, refund_no, amount).await.unwrap(),
            refund,
            "asked again it is the same"
        );
        assert_eq!(refund.state(), RefundState::Prepared);
        days.push(refund.days);
        let after = stage.apply(refund_no).await.unwrap();
        assert_eq!(stage.apply(refund_no).await.unwrap().version, after.version, "applied once");
    }
    assert_eq!(days, [3, 12, 15]);
    let shown = stage.shown(&order).await;
    assert_eq!((shown.status(), shown.refunded_minor), (OrderStatus::Refunded, 9_900));
    assert_eq!(shown.refund_reason, "不想要");
    assert_eq!(stage.history(&order).await.last().unwrap().1, "refunded");
    let world = stage.world.lock().unwrap();
    let taken: Vec<_> = world.orders.taken.values().map(|taken| taken.days).collect();
    assert_eq!(taken, [3, 12, 15]);
}

#[tokio::test]
async fn points_are_held_and_then_taken() {
    let stage = Stage::start().await;
    let order = stage.delivered(product(POINTS_PACK), "PAY1").await;
    let refund = stage.prepare(&order, "REF1", 333).await.unwrap();
    assert_eq!(refund.points, 333);
    let held = stage.world.lock().unwrap().orders.holds[0].clone();
    assert_eq!((held.amount_minor, held.idempotency_key.as_str()), (333, "refund:REF1:points"));
    assert!(stage.world.lock().unwrap().orders.settled_holds.is_empty());
    stage.apply("REF1").await.unwrap();
    stage.until(|world| world.orders.settled_holds.len() == 1).await;
    let rest = stage.prepare(&order, "REF2", 667).await.unwrap();
    assert_eq!(rest.points, 667, "the last fen takes the rest");
}

#[tokio::test]
async fn a_share_is_open_again_by_what_went_back_the_last_payee_first() {
    let stage = Stage::start().await;
    stage.world.lock().unwrap().orders.has_two_payees = true;
    let bill = stage.approved().await;
    let order = stage.delivered(share(&bill, MEMBER), "PAY1").await;
    let given = |refund: &OrderRefund| -> Vec<_> {
        let one = |credit: &Credit| (credit.account.clone().unwrap().owner, credit.amount_minor);
        refund.take_back.iter().map(one).collect()
    };
    let first = stage.prepare(&order, "REF1", 2_000).await.unwrap();
    assert_eq!(given(&first), [(ADMIN.to_string(), 884), (OTHER.to_string(), 1_116)]);
    stage.apply("REF1").await.unwrap();
    stage.until(|world| world.orders.opened.contains_key("REF1")).await;
    let second = stage.prepare(&order, "REF2", 1_350).await.unwrap();
    assert_eq!(given(&second), [(ADMIN.to_string(), 1_350)]);
    assert_eq!(stage.apply("REF2").await.unwrap().status(), OrderStatus::Refunded);
    stage.until(|world| world.orders.opened.len() == 2).await;
    let again = stage.order(share(&bill, MEMBER)).await;
    assert_eq!(again.amount_minor, 3_350, "it can be paid once more");
}

#[tokio::test]
async fn what_is_released_is_given_back() {
    let stage = Stage::start().await;
    let order = stage.delivered(product(MONTHLY), "PAY1").await;
    stage.prepare(&order, "REF1", 9_900).await.unwrap();
    assert_eq!(stage.release("REF1").await.unwrap().state(), RefundState::Released);
    assert_eq!(stage.release("REF1").await.unwrap().state(), RefundState::Released);
    stage.until(|world| world.orders.returned == ["REF1"]).await;
    assert_eq!(stage.apply("REF1").await.unwrap_err().code(), Code::StateConflict);
    assert_eq!(stage.prepare(&order, "REF1", 9_900).await.unwrap_err().code(), Code::StateConflict);
    let points = stage.delivered(product(POINTS_PACK), "PAY2").await;
    stage.prepare(&points, "REF2", 1_000).await.unwrap();
    stage.release("REF2").await.unwrap();
    stage.until(|world| world.orders.released_holds == [1]).await;
    assert_eq!(stage.prepare(&order, "REF3", 9_900).await.unwrap().days, 30, "all of it is there again");
    assert_eq!(stage.release("REF-unknown").await.unwrap().state(), RefundState::Released);
}

#[tokio::test]
async fn what_is_gone_is_not_refunded_and_leaves_nothing_set_aside() {
    let stage = Stage::start().await;
    let points = stage.delivered(product(POINTS_PACK), "PAY1").await;
    let spent = Fault::new(Code::InsufficientBalance, "the points are spent");
    stage.world.lock().unwrap().orders.refused = Some(spent);
    let fault = stage.prepare(&points, "REF1", 1_000).await.unwrap_err();
    assert_eq!((fault.code(), fault.detail()), (Code::RefundNotAllowed, "the points are spent"));
    let bill = stage.approved().await;
    let share = stage.delivered(share(&bill, MEMBER), "PAY2").await;
    let settled = Fault::new(Code::RefundNotAllowed, "the share was settled again since");
    stage.world.lock().unwrap().orders.refused = Some(settled);
    assert_eq!(stage.prepare(&share, "REF2", 100).await.unwrap_err().code(), Code::RefundNotAllowed);
    stage.world.lock().unwrap().orders.refused = None;
    assert_eq!(stage.prepare(&points, "REF3", 1_000).await.unwrap().points, 1_000);
}

#[tokio::test]
async fn refunds_that_may_not_be_are_refused() {
    let stage = Stage::start().await;
    let order = stage.order(recharge(1_000)).await;
    assert_eq!(
        stage.prepare(&order, "REF1", 100).await.unwrap_err().code(),
        Code::RefundNotAllowed,
        "unpaid"
    );
    stage.pay(&order, "PAY1").await;
    let fault = stage.prepare(&order, "REF1", 1_001).await.unwrap_err();
    assert_eq!((fault.code(), fault.field()), (Code::RefundAmountExceeded, Some("amount")));
    assert_eq!(stage.prepare(&order, "REF1", 0).await.unwrap_err().field(), Some("amount"));
    assert_eq!(stage.prepare(&order, "R F", 1).await.unwrap_err().field(), Some("refund_no"));
    stage.prepare(&order, "REF1", 600).await.unwrap();
    assert_eq!(stage.prepare(&order, "REF1", 500).await.unwrap_err().code(), Code::IdempotencyConflict);
    assert_eq!(stage.prepare(&order, "REF2", 500).await.unwrap_err().code(), Code::RefundAmountExceeded);
    assert_eq!(stage.apply("REF-unknown").await.unwrap_err().code(), Code::NotFound);
    stage.apply("REF1").await.unwrap();
    assert_eq!(stage.release("REF1").await.unwrap_err().code(), Code::StateConflict);
}

#[tokio::test]
async fn a_refund_waits_for_the_delivery_and_for_peers_that_are_away() {
    let stage = Stage::start().await;
    let order = stage.order(product(MONTHLY)).await;
    stage.world.lock().unwrap().orders.is_away = true;
    stage.pay(&order, "PAY1").await;
    assert_eq!(stage.prepare(&order, "REF1", 9_900).await.unwrap_err().code(), Code::StateConflict);
    stage.world.lock().unwrap().orders.is_away = false;
    stage.until_delivered(&order).await;
    stage.world.lock().unwrap().orders.is_away = true;
    assert_eq!(stage.prepare(&order, "REF1", 9_900).await.unwrap_err().code(), Code::ServiceUnavailable);
    assert_eq!(stage.apply("REF1").await.unwrap_err().code(), Code::StateConflict, "not prepared yet");
    stage.world.lock().unwrap().orders.is_away = false;
    assert_eq!(stage.prepare(&order, "REF1", 9_900).await.unwrap().state(), RefundState::Prepared);
}

#[tokio::test]
async fn a_refund_that_nobody_prepares_is_given_up() {
    let stage = Stage::start().await;
    let service = crate::service::Service::of_test(&stage);
    let order = stage.delivered(product(POINTS_PACK), "PAY1").await;
    stage.world.lock().unwrap().orders.is_away = true;
    stage.prepare(&order, "REF1", 1_000).await.unwrap_err();
    stage.world.lock().unwrap().orders.is_away = false;
    refund_jobs::give_up(&service, "REF1").await.unwrap();
    refund_jobs::give_up(&service, "REF1").await.unwrap();
    stage.until(|world| world.orders.released_holds == [1]).await;
    assert_eq!(stage.prepare(&order, "REF2", 1_000).await.unwrap().points, 1_000);
    refund_jobs::give_up(&service, "REF2").await.unwrap();
    assert_eq!(stage.apply("REF2").await.unwrap().status(), OrderStatus::Refunded, "a prepared one stands");
}
