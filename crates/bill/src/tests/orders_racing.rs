//! What happens to an order in the same instant.

use chrono::Duration;
use proto::bill::v1::*;

use super::{
    order_stage::{paid, recharge},
    stage::Stage,
};
use crate::operations::orders::expire_orders::expire_orders;

const ROUNDS: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn money_cancelling_and_the_deadline_at_once_pay_or_cancel_never_both() {
    let stage = Stage::still().await;
    let service = crate::service::Service::of_test(&stage);
    let (mut paid_count, mut closed_count) = (0, 0);
    for round in 0..ROUNDS {
        let order = stage.order(recharge(100)).await;
        let in_time = stage.clock.now();
        stage.clock.advance(Duration::minutes(30) + Duration::microseconds(1));
        let payment_no = format!("PAY{round}");
        let money = stage.pay_at(&order, &payment_no, in_time);
        let (outcome, closed, swept) = tokio::join!(money, stage.close(&order), expire_orders(&service));
        swept.unwrap();
        let shown = stage.shown(&order).await;
        let expected = match outcome {
            PaidOutcome::Accepted => OrderStatus::Paid,
            PaidOutcome::Late => OrderStatus::Cancelled,
            other => panic!("{other:?}"),
        };
        assert_eq!(shown.status(), expected);
        assert!(!(closed.is_closed && expected == OrderStatus::Paid));
        assert_eq!(stage.history(&order).await.len(), 1);
        paid_count += usize::from(expected == OrderStatus::Paid);
        closed_count += usize::from(expected == OrderStatus::Cancelled);
        stage.clock.advance(-Duration::minutes(31));
    }
    assert_eq!(paid_count + closed_count, ROUNDS);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_payments_at_once_pay_once() {
    let stage = Stage::start().await;
    for round in 0..ROUNDS {
        let order = stage.order(recharge(100)).await;
        let now = stage.clock.now();
        let money = |name: &str| stage.try_pay(paid(&order, &format!("{name}{round}"), now));
        let (one, two, again) = tokio::join!(money("A"), money("B"), money("A"));
        let mut outcomes = [one.unwrap(), two.unwrap(), again.unwrap()];
        outcomes.sort();
        let expected_of = |first: bool| {
            if first {
                [PaidOutcome::Accepted, PaidOutcome::Already, PaidOutcome::Double]
            } else {
                [PaidOutcome::Accepted, PaidOutcome::Double, PaidOutcome::Double]
            }
        };
        let by_first = stage.shown(&order).await.payment_no.starts_with('A');
        assert_eq!(outcomes, expected_of(by_first));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_refunds_at_once_never_exceed_the_order() {
    let stage = Stage::start().await;
    let order = stage.delivered(recharge(10_000), "PAY1").await;
    let stage = &stage;
    let tries = (0..30).map(|number| {
        let order = order.clone();
        async move {
            let refund_no = format!("REF{number}");
            stage.prepare(&order, &refund_no, 3_000).await?;
            stage.apply(&refund_no).await
        }
    });
    let done = futures::future::join_all(tries).await.into_iter().flatten().count();
    assert_eq!((done, stage.shown(&order).await.refunded_minor), (3, 9_000));
}
