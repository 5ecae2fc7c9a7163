//! The news that each change of an expense, a share, a settlement or a dispute causes.
//!
//! Names of events and notifications are made here, from what happened and which time it was.

use money::Minor;
use proto::{
    event::v1::{SplitConfirmed, event::Payload},
    user::v1::{NotificationFacts, NotificationType},
};

use crate::{
    domain::Transfer,
    store::{Expense, Settlement, Split, disputes::Dispute},
    wire,
};
use news::{News, Occasion};

/// What notifications say of an expense.
pub(super) fn facts(
    occasion: Occasion,
    room_name: &str,
    expense: &Expense,
    amount: Minor,
) -> NotificationFacts {
    NotificationFacts {
        room_id: occasion.room_id,
        room_name: room_name.to_owned(),
        expense_id: expense.id,
        subject: expense.title.clone(),
        amount_minor: amount.get(),
        currency: expense.currency.as_str().to_owned(),
        actor_user_id: occasion.actor_user_id,
        ..NotificationFacts::default()
    }
}

/// An expense was made (000-V01): everybody in the room hears of it, and who owes is told.
pub(super) fn created(occasion: Occasion, room_name: &str, expense: &Expense) -> News {
    let uid = format!("expense:{}:created", expense.id);
    let news = News::default().event(occasion, uid, Payload::ExpenseCreated(wire::expense(expense)));
    owed(news, occasion, room_name, expense, &[])
}

/// An expense was changed (000-V02): who owes now and did not before is told.
pub(super) fn updated(occasion: Occasion, room_name: &str, old: &Expense, new: &Expense) -> News {
    let uid = format!("expense:{}:updated:{}", new.id, new.version);
    let news = News::default().event(occasion, uid, Payload::ExpenseUpdated(wire::expense(new)));
    let owed_before: Vec<i64> =
        old.splits.iter().filter(|split| split.debt.is_positive()).map(|split| split.user_id).collect();
    owed(news, occasion, room_name, new, &owed_before)
}

/// An expense was deleted.
pub(super) fn deleted(occasion: Occasion, expense: &Expense) -> News {
    let uid = format!("expense:{}:deleted", expense.id);
    News::default().event(occasion, uid, Payload::ExpenseDeleted(wire::expense(expense)))
}

fn owed(mut news: News, occasion: Occasion, room_name: &str, expense: &Expense, except: &[i64]) -> News {
    let uid = format!("expense_owed:{}", expense.id);
    for split in &expense.splits {
        if split.debt.is_positive() && !except.contains(&split.user_id) {
            let facts = facts(occasion, room_name, expense, split.debt);
            news = news.notify([split.user_id], NotificationType::ExpenseOwed, &uid, &facts);
        }
    }
    news
}

/// A share was confirmed (000-V10): those who received the money are told.
pub(super) fn confirmed(
    mut news: News,
    occasion: Occasion,
    room_name: &str,
    (expense, split): (&Expense, &Split),
    legs: &[Transfer],
) -> News {
    let uid = format!("split:{}:confirmed:{}", split.id, split.paid.get());
    let payload = SplitConfirmed {
        expense_id: expense.id,
        split: Some(wire::split(split)),
        confirmed_by: occasion.actor_user_id,
    };
    for leg in legs {
        let facts = facts(occasion, room_name, expense, leg.amount);
        news = news.notify([leg.to_user_id], NotificationType::SharePaid, &uid, &facts);
    }
    news.event(occasion, uid, Payload::SplitPaymentConfirmed(payload))
}

/// Money was handed over outside of any share: the taker is told.
pub(super) fn settled(occasion: Occasion, room_name: &str, settlement: &Settlement) -> News {
    let uid = format!("settlement:{}:recorded", settlement.id);
    let facts = NotificationFacts {
        room_id: occasion.room_id,
        room_name: room_name.to_owned(),
        subject: settlement.note.clone(),
        amount_minor: settlement.transfer.amount.get(),
        currency: settlement.currency.as_str().to_owned(),
        actor_user_id: occasion.actor_user_id,
        ..NotificationFacts::default()
    };
    News::default().notify([settlement.transfer.to_user_id], NotificationType::SharePaid, &uid, &facts).event(
        occasion,
        uid,
        Payload::SettlementRecorded(wire::settlement(settlement)),
    )
}

/// A settlement was taken back.
pub(super) fn taken_back(occasion: Occasion, settlement: &Settlement) -> News {
    let uid = format!("settlement:{}:deleted", settlement.id);
    News::default().event(occasion, uid, Payload::SettlementDeleted(wire::settlement(settlement)))
}

/// What notifications say of a dispute, whatever share it is about.
pub(super) fn dispute_facts(occasion: Occasion, room_name: &str, dispute: &Dispute) -> NotificationFacts {
    NotificationFacts {
        room_id: occasion.room_id,
        room_name: room_name.to_owned(),
        expense_id: dispute.expense_id.unwrap_or_default(),
        bill_id: dispute.bill_id.unwrap_or_default(),
        dispute_id: dispute.id,
        subject: dispute.reason.clone(),
        actor_user_id: occasion.actor_user_id,
        ..NotificationFacts::default()
    }
}

/// A share was disputed: the other parties and the room's admins are told.
pub(super) fn disputed(
    occasion: Occasion,
    facts: &NotificationFacts,
    dispute: &Dispute,
    told: impl IntoIterator<Item = i64>,
) -> News {
    let uid = format!("dispute:{}:opened", dispute.id);
    News::default().notify(told, NotificationType::DisputeOpened, &uid, facts).event(
        occasion,
        uid,
        Payload::DisputeOpened(wire::dispute(dispute)),
    )
}

/// A dispute was decided (000-V12): the parties are told.
pub(super) fn resolved(
    occasion: Occasion,
    facts: &NotificationFacts,
    dispute: &Dispute,
    told: impl IntoIterator<Item = i64>,
) -> News {
    let uid = format!("dispute:{}:processed", dispute.id);
    News::default().notify(told, NotificationType::DisputeResolved, &uid, facts).event(
        occasion,
        uid,
        Payload::DisputeProcessed(wire::dispute(dispute)),
    )
}
