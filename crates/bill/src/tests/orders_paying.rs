//! Money that comes for orders, and what is delivered for it.

use chrono::Duration;
use fault::Code;
use proto::{bill::v1::*, user::v1::GrantMembershipRequest};

use super::{
    order_stage::{MONTHLY, POINTS_PACK, paid, product, recharge, share},
    stage::{ADMIN, MEMBER, Stage},
};
use crate::operations::orders::fulfil::fulfil;

#[tokio::test]
async fn money_in_time_pays_an_order_once() {
    let stage = Stage::start().await;
    let order = stage.order(recharge(5_000)).await;
    assert_eq!(stage.pay(&order, "PAY1").await, PaidOutcome::Accepted);
    assert_eq!(stage.pay(&order, "PAY1").await, PaidOutcome::Already);
    assert_eq!(stage.pay(&order, "PAY2").await, PaidOutcome::Double);
    let shown = stage.shown(&order).await;
    assert_eq!((shown.status(), shown.payment_no.as_str()), (OrderStatus::Paid, "PAY1"));
    assert!(shown.paid_at.is_some() && shown.delivered_at.is_some());
    assert_eq!(stage.history(&order).await, [("pending".to_owned(), "paid".to_owned())]);
    let told: Vec<_> = stage.order_news().await.into_iter().map(|(_, order)| order.status()).collect();
    assert_eq!(told, [OrderStatus::Pending, OrderStatus::Paid]);
}

#[tokio::test]
async fn only_the_time_of_the_provider_counts() {
    let stage = Stage::still().await;
    let (first, second) = (stage.order(recharge(100)).await, stage.order(recharge(100)).await);
    let deadline = stage.clock.now() + Duration::minutes(30);
    stage.clock.advance(Duration::minutes(45));
    let late = deadline + Duration::microseconds(1);
    assert_eq!(stage.pay_at(&first, "PAY1", late).await, PaidOutcome::Late);
    assert_eq!(
        stage.pay_at(&first, "PAY2", deadline).await,
        PaidOutcome::Accepted,
        "heard late, paid in time"
    );
    stage.close(&second).await;
    assert_eq!(stage.pay_at(&second, "PAY3", deadline).await, PaidOutcome::Late, "cancelled already");
}

#[tokio::test]
async fn another_amount_pays_nothing() {
    let stage = Stage::start().await;
    let order = stage.order(recharge(5_000)).await;
    let wrong = MarkPaidRequest { amount_minor: 4_999, ..paid(&order, "PAY1", stage.clock.now()) };
    assert_eq!(stage.try_pay(wrong).await.unwrap(), PaidOutcome::AmountMismatch);
    assert_eq!(stage.shown(&order).await.status(), OrderStatus::Pending);
}

#[tokio::test]
async fn what_is_wrong_with_money_is_named() {
    let stage = Stage::start().await;
    let order = stage.order(recharge(5_000)).await;
    let right = paid(&order, "PAY1", stage.clock.now());
    for (asked, field) in [
        (MarkPaidRequest { payment_no: String::new(), ..right.clone() }, "payment_no"),
        (MarkPaidRequest { payment_no: "a b".to_owned(), ..right.clone() }, "payment_no"),
        (MarkPaidRequest { paid_at: None, ..right.clone() }, "paid_at"),
        (paid(&order, "PAY1", stage.clock.now() + Duration::hours(1)), "paid_at"),
        (MarkPaidRequest { amount_minor: 0, ..right.clone() }, "amount"),
    ] {
        let fault = stage.try_pay(asked).await.unwrap_err();
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)), "{fault}");
    }
    let unknown = MarkPaidRequest { order_no: "ORD000000".to_owned(), ..right.clone() };
    assert_eq!(stage.try_pay(unknown).await.unwrap_err().code(), Code::NotFound);
    stage.try_pay(right).await.unwrap();
    let other = stage.order(recharge(100)).await;
    let fault = stage.try_pay(paid(&other, "PAY1", stage.clock.now())).await.unwrap_err();
    assert_eq!(fault.code(), Code::DuplicateEntry, "one payment pays one order");
}

#[tokio::test]
async fn a_membership_is_granted_for_its_order() {
    let stage = Stage::start().await;
    let order = stage.delivered(product(MONTHLY), "PAY1").await;
    let expected = GrantMembershipRequest {
        user_id: MEMBER,
        plan: "monthly".to_owned(),
        days: 30,
        order_no: order.order_no.clone(),
        is_upgrade: false,
    };
    assert_eq!(stage.world.lock().unwrap().orders.grants[&order.order_no], expected);
}

#[tokio::test]
async fn points_are_issued_for_their_order() {
    let stage = Stage::start().await;
    let order = stage.delivered(product(POINTS_PACK), "PAY1").await;
    let world = stage.world.lock().unwrap();
    let legs: Vec<_> = world.orders.posts[&format!("order:{}:points", order.order_no)]
        .legs
        .iter()
        .map(|leg| (leg.account.as_ref().unwrap().owner.clone(), leg.amount_minor))
        .collect();
    assert_eq!(legs, [(String::new(), -1_000), (MEMBER.to_string(), 1_000)]);
}

#[tokio::test]
async fn a_share_is_handed_over_and_its_room_is_told_as_by_hand() {
    let stage = Stage::start().await;
    let bill = stage.approved().await;
    let order = stage.delivered(share(&bill, MEMBER), "PAY1").await;
    let uid = format!("bill_payment_confirmed:{}:{}", order.split_id, order.order_no);
    stage.until(|world| world.events.iter().any(|event| event.uid == uid)).await;
    let world = stage.world.lock().unwrap();
    let settled = &world.orders.settled[&order.order_no];
    assert_eq!((settled.bill_id, settled.user_id), (bill.id, MEMBER));
    assert_eq!((settled.parts[0].user_id, settled.parts[0].amount_minor), (ADMIN, 3_350));
    let told = world.events.iter().find(|event| event.uid == uid).unwrap();
    assert_eq!((told.room_id, told.actor_user_id), (bill.room_id, MEMBER));
}

#[tokio::test]
async fn a_share_that_is_frozen_meanwhile_takes_the_money_all_the_same() {
    let stage = Stage::start().await;
    let bill = stage.approved().await;
    let order = stage.order(share(&bill, MEMBER)).await;
    stage.world.lock().unwrap().orders.is_frozen = true;
    assert_eq!(stage.pay(&order, "PAY1").await, PaidOutcome::Accepted);
    stage.until_delivered(&order).await;
}

#[tokio::test]
async fn a_share_that_was_handed_over_meanwhile_is_not_paid_twice() {
    let stage = Stage::start().await;
    let bill = stage.approved().await;
    let order = stage.order(share(&bill, MEMBER)).await;
    stage.world.lock().unwrap().orders.handed_over = 3_350;
    assert_eq!(stage.pay(&order, "PAY1").await, PaidOutcome::Double);
    assert_eq!(stage.shown(&order).await.status(), OrderStatus::Cancelled);
    assert_eq!(stage.pay(&order, "PAY1").await, PaidOutcome::Late);
    assert!(stage.world.lock().unwrap().orders.settled.is_empty());
}

#[tokio::test]
async fn a_peer_that_is_away_delivers_when_it_comes_back() {
    let stage = Stage::start().await;
    let order = stage.order(product(MONTHLY)).await;
    stage.world.lock().unwrap().orders.is_away = true;
    assert_eq!(stage.pay(&order, "PAY1").await, PaidOutcome::Accepted, "money waits for nobody");
    stage.until(|world| world.orders.calls >= 2).await;
    assert!(stage.shown(&order).await.delivered_at.is_none());
    stage.world.lock().unwrap().orders.is_away = false;
    stage.until_delivered(&order).await;
    assert_eq!(stage.world.lock().unwrap().orders.grants.len(), 1);
}

#[tokio::test]
async fn a_delivery_that_is_made_twice_has_one_effect() {
    let stage = Stage::start().await;
    let service = crate::service::Service::of_test(&stage);
    for asked in [product(MONTHLY), product(POINTS_PACK)] {
        let order = stage.order(asked).await;
        stage.pay(&order, &format!("PAY{}", order.id)).await;
        let (one, two) = tokio::join!(fulfil(&service, order.id), fulfil(&service, order.id));
        one.and(two).unwrap();
        fulfil(&service, order.id).await.unwrap();
        let delivered = stage.until_delivered(&order).await;
        assert_eq!(delivered.version, 3, "made, paid, delivered");
    }
    let world = stage.world.lock().unwrap();
    assert_eq!((world.orders.grants.len(), world.orders.posts.len()), (1, 1));
}
