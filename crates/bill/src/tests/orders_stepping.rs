//! The states of an order: every verb in every state, and the legal steps as the database holds them.

use std::collections::BTreeSet;

use proto::bill::v1::*;

use super::{
    order_stage::{orders_of, recharge},
    stage::Stage,
};
use crate::domain::{
    order::Status,
    pro_rata::{self, Refunded},
};

/// What can be done with an order.
const VERBS: [&str; 4] = ["pay", "cancel", "refund", "complete"];

async fn brought_to(stage: &Stage, status: Status, name: &str) -> Order {
    let order = stage.order(recharge(100)).await;
    let verbs: &[&str] = match status {
        Status::Pending => &[],
        Status::Paid => &["pay"],
        Status::Cancelled => &["cancel"],
        Status::Refunded => &["pay", "refund"],
        Status::Completed => &["pay", "complete"],
    };
    for verb in verbs {
        act(stage, &order, verb, &format!("{name}-before")).await;
    }
    order
}

async fn act(stage: &Stage, order: &Order, verb: &str, name: &str) {
    match verb {
        "pay" => drop(stage.pay(order, name).await),
        "cancel" => drop(stage.close(order).await),
        "complete" => {
            let asked = CompleteOrderRequest { order_id: order.id };
            drop(orders_of(&stage.served.admin(1)).complete_order(asked).await);
        }
        _ => {
            if stage.prepare(order, name, 100).await.is_ok() {
                stage.apply(name).await.unwrap();
            }
        }
    }
}

const fn expected(status: Status, verb: &str) -> Status {
    match (status, verb.as_bytes()) {
        (Status::Pending, b"pay") => Status::Paid,
        (Status::Pending, b"cancel") => Status::Cancelled,
        (Status::Paid, b"refund") => Status::Refunded,
        (Status::Paid, b"complete") => Status::Completed,
        (same, _) => same,
    }
}

#[tokio::test]
async fn every_verb_in_every_state_does_what_the_table_says() {
    let stage = Stage::start().await;
    for status in Status::ALL {
        for verb in VERBS {
            let name = format!("{}-{verb}", status.as_str());
            let order = brought_to(&stage, status, &name).await;
            act(&stage, &order, verb, &name).await;
            let mut conn = stage.db.acquire().await.unwrap();
            let found = crate::store::orders::find(&mut conn, order.id).await.unwrap().unwrap();
            assert_eq!(found.status().unwrap(), expected(status, verb), "{name}");
        }
    }
}

#[tokio::test]
async fn the_history_takes_legal_steps_alone() {
    let stage = Stage::start().await;
    let order = stage.order(recharge(100)).await;
    let legal: BTreeSet<(Status, Status)> = Status::ALL
        .into_iter()
        .flat_map(|from| VERBS.map(|verb| (from, expected(from, verb))))
        .filter(|(from, to)| from != to)
        .collect();
    let mut version = 100;
    for from in Status::ALL {
        for to in Status::ALL {
            version += 1;
            let mut tx = stage.db.begin().await.unwrap();
            let step = crate::store::order_parts::Step {
                order_id: order.id,
                version,
                from: from.as_str(),
                to: to.as_str(),
                actor: "system",
                reason: "",
            };
            let written = crate::store::order_parts::append_history(&mut tx, &step, stage.clock.now()).await;
            assert_eq!(written.is_ok(), legal.contains(&(from, to)), "{from:?} {to:?}");
        }
    }
}

#[test]
fn refunds_of_any_sizes_take_back_all_that_was_delivered() {
    for (quantity, amount_minor) in [(30, 9_900), (365, 99_900), (1, 7), (1_000, 3), (12_000, 10_000)] {
        for size in [1, 2, 7, 1_234, amount_minor] {
            let (mut before_minor, mut taken) = (0, 0);
            while before_minor < amount_minor {
                let now_minor = size.min(amount_minor - before_minor);
                let refunded = Refunded { amount_minor, before_minor, now_minor };
                taken += pro_rata::taken_back(quantity, taken, refunded).unwrap();
                before_minor += now_minor;
                assert!(
                    i128::from(taken) * i128::from(amount_minor)
                        <= i128::from(quantity) * i128::from(before_minor)
                );
            }
            assert_eq!(taken, quantity, "{size} of {amount_minor}");
        }
    }
}
