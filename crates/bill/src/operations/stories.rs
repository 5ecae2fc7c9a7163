//! What a room and its people hear of a bill. Both documented names of a review are sent (contract section 10).

use chrono::{DateTime, Utc};
use news::{News, Occasion};
use proto::{
    bill::v1::{Bill, Split, Status as WireStatus},
    event::v1::{BillShareConfirmed, ReminderSent, event::Payload},
    expense::v1::BillShare,
    user::v1::{NotificationFacts, NotificationType},
};
use roster::Members;

/// A new bill: whoever may review it is asked to.
pub(super) fn sent(bill: &Bill, members: &Members, at: DateTime<Utc>) -> News {
    let uid = format!("bill_created:{}", bill.id);
    News::default()
        .event(occasion(bill, bill.created_by, at), uid, Payload::BillCreated(bill.clone()))
        .notify(
            reviewers(bill, members),
            NotificationType::BillReviewNeeded,
            &stamp("review", bill),
            &facts(bill, members, bill.created_by),
        )
}

/// A rejected bill that was sent again: it is new, and its review is open again (000-V11).
pub(super) fn sent_again(bill: &Bill, members: &Members, at: DateTime<Utc>) -> News {
    let occasion = occasion(bill, bill.created_by, at);
    News::default()
        .event(occasion, stamp("bill_updated", bill), Payload::BillUpdated(bill.clone()))
        .event(occasion, stamp("review_status_updated", bill), Payload::ReviewStatusUpdated(bill.clone()))
        .notify(
            reviewers(bill, members),
            NotificationType::BillReviewNeeded,
            &stamp("review", bill),
            &facts(bill, members, bill.created_by),
        )
}

/// A decision: everybody on the bill hears an approval, its author hears a rejection.
pub(super) fn reviewed(bill: &Bill, members: &Members, at: DateTime<Utc>) -> News {
    let occasion = occasion(bill, bill.reviewed_by, at);
    let (kind, people) = if bill.status == i32::from(WireStatus::Approved) {
        let mut people: Vec<_> = bill.splits.iter().map(|split| split.user_id).collect();
        people.push(bill.created_by);
        people.sort_unstable();
        people.dedup();
        (NotificationType::BillApproved, people)
    } else {
        (NotificationType::BillRejected, vec![bill.created_by])
    };
    News::default()
        .event(occasion, stamp("bill_reviewed", bill), Payload::BillReviewed(bill.clone()))
        .event(occasion, stamp("review_status_updated", bill), Payload::ReviewStatusUpdated(bill.clone()))
        .notify(people, kind, &stamp("reviewed", bill), &facts(bill, members, bill.reviewed_by))
}

/// A share that is paid. Its name is the share's, so that it is told once however often it is confirmed.
pub(super) fn share_paid(bill: &Bill, split: &Split, user_id: i64, at: DateTime<Utc>) -> News {
    let told = BillShareConfirmed {
        bill_id: bill.id,
        split: Some(*split),
        confirmed_by: user_id,
        payment_status: bill.payment_status,
    };
    let uid = format!("bill_payment_confirmed:{}", split.id);
    News::default().event(occasion(bill, user_id, at), uid, Payload::BillPaymentConfirmed(told))
}

/// A share that was paid online. Its name is the order's, for a share that was refunded may be paid once more.
pub(super) fn share_paid_online(bill: &Bill, split: &Split, order_no: &str, at: DateTime<Utc>) -> News {
    let told = BillShareConfirmed {
        bill_id: bill.id,
        split: Some(*split),
        confirmed_by: split.user_id,
        payment_status: bill.payment_status,
    };
    let uid = format!("bill_payment_confirmed:{}:{order_no}", split.id);
    News::default().event(occasion(bill, split.user_id, at), uid, Payload::BillPaymentConfirmed(told))
}

/// A reminder of what these people still owe, once a day.
pub(super) fn reminded(bill: &Bill, members: &Members, debtors: &[&BillShare], at: DateTime<Utc>) -> News {
    let day = at.date_naive();
    let user_ids = debtors.iter().map(|share| share.user_id).collect();
    let told = ReminderSent { bill_id: bill.id, bill_title: bill.title.clone(), user_ids };
    let uid = format!("reminder:{}:{day}", bill.id);
    let news = News::default().event(occasion(bill, 0, at), uid.clone(), Payload::PaymentReminderSent(told));
    debtors.iter().fold(news, |news, share| {
        let amount_minor = share.debt_minor.saturating_sub(share.paid_minor);
        let facts = NotificationFacts { amount_minor, ..facts(bill, members, 0) };
        news.notify([share.user_id], NotificationType::PaymentReminder, &uid, &facts)
    })
}

const fn occasion(bill: &Bill, actor_user_id: i64, at: DateTime<Utc>) -> Occasion {
    Occasion { room_id: bill.room_id, at, actor_user_id }
}

/// Names something that happened to a bill in this version of it.
fn stamp(what: &str, bill: &Bill) -> String {
    format!("{what}:{}:{}", bill.id, bill.version)
}

fn reviewers(bill: &Bill, members: &Members) -> Vec<i64> {
    let admins: Vec<_> =
        members.admin_ids().iter().copied().filter(|admin| *admin != bill.created_by).collect();
    if admins.is_empty() { members.user_ids().to_vec() } else { admins }
}

fn facts(bill: &Bill, members: &Members, actor_user_id: i64) -> NotificationFacts {
    NotificationFacts {
        room_id: bill.room_id,
        room_name: members.room_name.clone(),
        bill_id: bill.id,
        subject: bill.title.clone(),
        amount_minor: bill.total_amount_minor,
        currency: bill.currency.clone(),
        actor_user_id,
        ..NotificationFacts::default()
    }
}
