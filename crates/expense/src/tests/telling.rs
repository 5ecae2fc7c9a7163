//! News of changes: what the room hears, and who is told.

use std::time::Duration;

use proto::{event::v1::event::Payload, expense::v1::*, user::v1::NotificationType};

use super::world::{ADMIN, ANNA, BEN, CARA, World, confirm, expense, split_of};

/// Waits until the relay has delivered so many events, at most ten seconds.
async fn events(world: &World, count: usize) -> Vec<proto::event::v1::Event> {
    for _ in 0..200 {
        let events = world.known.facts().events.clone();
        if events.len() >= count {
            return events;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.known.facts().events.clone()
}

fn told(world: &World, kind: NotificationType) -> Vec<i64> {
    let facts = world.known.facts();
    let of_kind = facts.notifications.iter().filter(|notification| notification.r#type() == kind);
    let mut users: Vec<i64> = of_kind.map(|notification| notification.user_id).collect();
    users.sort_unstable();
    users
}

#[tokio::test(flavor = "multi_thread")]
async fn the_room_hears_every_change_in_order_and_the_concerned_are_told() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let mut anna = world.user(ANNA);
    let update =
        UpdateExpenseRequest { expense_id: made.id, title: Some("Water".into()), ..Default::default() };
    anna.update_expense(update).await.unwrap();
    confirm(&mut world.user(BEN), &made, BEN).await.unwrap();
    let dispute = OpenDisputeRequest {
        expense_id: made.id,
        split_id: split_of(&made, CARA).id,
        reason: "I was away".into(),
    };
    let dispute = world.user(CARA).open_dispute(dispute).await.unwrap().into_inner().dispute.unwrap();
    let decision = ResolveDisputeRequest {
        dispute_id: dispute.id,
        decision: Decision::Rejected.into(),
        comment: String::new(),
    };
    world.user(ADMIN).resolve_dispute(decision).await.unwrap();
    let events = events(&world, 5).await;
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| match event.payload.as_ref().unwrap() {
            Payload::ExpenseCreated(_) => "expense_created",
            Payload::ExpenseUpdated(_) => "expense_updated",
            Payload::SplitPaymentConfirmed(_) => "split_payment_confirmed",
            Payload::DisputeOpened(_) => "dispute_opened",
            Payload::DisputeProcessed(_) => "dispute_processed",
            _ => "another",
        })
        .collect();
    let expected = [
        "expense_created",
        "expense_updated",
        "split_payment_confirmed",
        "dispute_opened",
        "dispute_processed",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(told(&world, NotificationType::ExpenseOwed), [ADMIN, BEN, CARA]);
    assert_eq!(told(&world, NotificationType::SharePaid), [ANNA]);
    assert_eq!(told(&world, NotificationType::DisputeOpened), [ADMIN, ANNA]);
    assert_eq!(told(&world, NotificationType::DisputeResolved), [ANNA, CARA]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_is_not_told() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let update =
        UpdateExpenseRequest { expense_id: made.id, title: Some("Mine".into()), ..Default::default() };
    assert!(world.user(CARA).update_expense(update).await.is_err());
    world.user(ANNA).delete_expense(DeleteExpenseRequest { expense_id: made.id }).await.unwrap();
    let events = events(&world, 2).await;
    assert_eq!(events.len(), 2);
    assert!(matches!(events[1].payload, Some(Payload::ExpenseDeleted(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_movement_of_money_leaves_an_audit_row() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    confirm(&mut world.user(BEN), &made, BEN).await.unwrap();
    let mut conn = world.test_db.owner().await;
    let rows =
        sqlx::query!("select action, actor_id from audit order by id").fetch_all(&mut conn).await.unwrap();
    let rows: Vec<(String, Option<i64>)> = rows.into_iter().map(|row| (row.action, row.actor_id)).collect();
    assert_eq!(rows, [("split.confirmed".to_owned(), Some(BEN))]);
}
