//! Printing events, in one place, with the shapes of the dorm face (000-V01 to V15, contract section 10).
//!
//! Frame: `type`, `data`, `timestamp`, `id`, and for events of a room `room_id` and `seq`. Overlapping events come
//! from the services as two events, one under each name. Which socket hears it is not decided here.

use std::collections::BTreeMap;

use proto::event::v1::{Event, MemberChange, event::Payload};
use serde::Serialize;

use super::{
    money::{Order, Payment, Refund, WalletChanged},
    topics::Topics,
};
use crate::faces::dorm::bodies::{
    balances::Settlement,
    bills::{Bill, PaymentStatus, bill_split},
    disputes::Dispute,
    expenses::{Expense, Split},
    notifications::Notification,
    shapes::instant,
};

/// An event as it is sent.
#[derive(Debug)]
pub(crate) struct Printed {
    /// Who has subscribed to one of these hears it.
    pub(crate) topics: Topics,
    /// The frame.
    pub(crate) text: String,
}

#[derive(Serialize)]
struct Frame<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    data: T,
    timestamp: String,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<i64>,
    /// 003-W01 looks for it here too.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_no: Option<String>,
}

#[derive(Serialize)]
struct SplitConfirmed {
    expense_id: i64,
    split: Option<Split>,
    confirmed_by: i64,
}

#[derive(Serialize)]
struct BillShareConfirmed {
    bill_id: i64,
    split: Option<Split>,
    payment_status: PaymentStatus,
    confirmed_by: i64,
}

#[derive(Serialize)]
struct ImportFinished {
    expenses: i64,
    settlements: i64,
}

#[derive(Serialize)]
struct ReminderSent {
    bill_id: i64,
    bill_title: String,
    user_ids: Vec<i64>,
}

#[derive(Serialize)]
struct RoomUpdated {
    id: i64,
    name: String,
    description: String,
    owner_id: i64,
    deleted: bool,
}

#[derive(Serialize)]
struct MemberChanged {
    room_id: i64,
    user_id: i64,
    change: &'static str,
    role: String,
}

#[derive(Serialize)]
struct SystemStatus {
    status: &'static str,
    services: BTreeMap<&'static str, &'static str>,
}

/// Prints an event; none when a newer service sends one that we do not know.
pub(crate) fn event(event: Event) -> Option<Printed> {
    let Event { uid, room_id, seq, at, payload, .. } = event;
    let head = Head { uid: &uid, room_id, seq, at };
    match payload? {
        Payload::ExpenseCreated(expense) => {
            head.print("expense_created", Topics::EXPENSES, Expense::of(expense, None))
        }
        Payload::ExpenseUpdated(expense) => {
            head.print("expense_updated", Topics::EXPENSES, Expense::of(expense, None))
        }
        Payload::ExpenseDeleted(expense) => {
            head.print("expense_deleted", Topics::EXPENSES, Expense::of(expense, None))
        }
        Payload::SettlementRecorded(settlement) => {
            head.print("settlement_recorded", Topics::EXPENSES, Settlement::from(settlement))
        }
        Payload::SettlementDeleted(settlement) => {
            head.print("settlement_deleted", Topics::EXPENSES, Settlement::from(settlement))
        }
        Payload::ExpensesImported(done) => {
            let data = ImportFinished { expenses: done.expenses, settlements: done.settlements };
            head.print("expenses_imported", Topics::EXPENSES, data)
        }
        Payload::BillCreated(bill) => head.print("bill_created", Topics::BILLS, Bill::of(bill, None)),
        Payload::BillUpdated(bill) => head.print("bill_updated", Topics::BILLS, Bill::of(bill, None)),
        Payload::BillReviewed(bill) => head.print("bill_reviewed", Topics::BILLS, Bill::of(bill, None)),
        Payload::ReviewStatusUpdated(bill) => {
            head.print("review_status_updated", Topics::BILLS, Bill::of(bill, None))
        }
        Payload::DisputeOpened(dispute) => {
            head.print("dispute_opened", Topics::DISPUTES, Dispute::from(dispute))
        }
        Payload::DisputeProcessed(dispute) => {
            head.print("dispute_processed", Topics::DISPUTES, Dispute::from(dispute))
        }
        Payload::Notification(notification) => {
            head.print("notification", Topics::NOTIFICATIONS, Notification::from(notification))
        }
        payload => other(&head, payload),
    }
}

/// Prints the events whose data have a shape of their own.
fn other(head: &Head<'_>, payload: Payload) -> Option<Printed> {
    match payload {
        Payload::SplitPaymentConfirmed(done) => {
            let split = done.split.map(|split| Split::of(split, None));
            let data = SplitConfirmed { expense_id: done.expense_id, split, confirmed_by: done.confirmed_by };
            head.print("split_payment_confirmed", Topics::EXPENSES | Topics::PAYMENTS, data)
        }
        Payload::BillPaymentConfirmed(done) => {
            let data = BillShareConfirmed {
                payment_status: PaymentStatus::of(done.payment_status()),
                bill_id: done.bill_id,
                split: done.split.map(|split| bill_split(&split, None)),
                confirmed_by: done.confirmed_by,
            };
            head.print("bill_payment_confirmed", Topics::BILLS | Topics::PAYMENTS, data)
        }
        Payload::PaymentReminderSent(sent) => {
            let data =
                ReminderSent { bill_id: sent.bill_id, bill_title: sent.bill_title, user_ids: sent.user_ids };
            head.print("payment_reminder_sent", Topics::BILLS | Topics::PAYMENTS, data)
        }
        Payload::RoomUpdated(room) => {
            let data = RoomUpdated {
                id: room.room_id,
                name: room.name,
                description: room.description,
                owner_id: room.owner_id,
                deleted: room.deleted,
            };
            head.print("room_updated", Topics::ROOMS, data)
        }
        Payload::RoomMemberChanged(member) => {
            let change = change(member.change());
            let data =
                MemberChanged { room_id: head.room_id, user_id: member.user_id, change, role: member.role };
            head.print("room_member_changed", Topics::ROOMS, data)
        }
        Payload::WalletChanged(wallet) => {
            head.print("wallet_changed", Topics::WALLET, WalletChanged::from(wallet))
        }
        payload => of_money(head, payload),
    }
}

/// Prints the events about orders, payments and refunds.
fn of_money(head: &Head<'_>, payload: Payload) -> Option<Printed> {
    match payload {
        Payload::OrderUpdated(order) => {
            let order_no = order.order_no.clone();
            head.print_of("order_updated", Topics::PAYMENTS, order_no, Order::from(order))
        }
        Payload::PaymentCreated(payment) => {
            let order_no = payment.order_no.clone();
            head.print_of("payment_created", Topics::PAYMENTS, order_no, Payment::from(payment))
        }
        Payload::PaymentSuccess(payment) => {
            let order_no = payment.order_no.clone();
            head.print_of("payment_success", Topics::PAYMENTS, order_no, Payment::from(payment))
        }
        Payload::RefundUpdated(refund) => {
            let order_no = refund.order_no.clone();
            head.print_of("refund_updated", Topics::PAYMENTS, order_no, Refund::from(refund))
        }
        _ => None,
    }
}

const fn change(change: MemberChange) -> &'static str {
    match change {
        MemberChange::Added | MemberChange::Unspecified => "added",
        MemberChange::Removed => "removed",
        MemberChange::RoleChanged => "role_changed",
    }
}

/// Prints what came or went (000-V15).
pub(crate) fn system_status(
    parts: &BTreeMap<&'static str, bool>,
    is_whole: bool,
    id: &str,
    timestamp: String,
) -> Option<Printed> {
    let word = |(name, serves): (&&'static str, &bool)| (*name, if *serves { "up" } else { "down" });
    let data = SystemStatus {
        status: if is_whole { "ok" } else { "degraded" },
        services: parts.iter().map(word).collect(),
    };
    print(
        Topics::SYSTEM,
        &Frame {
            kind: "system_status_updated",
            data,
            timestamp,
            id,
            room_id: None,
            seq: None,
            order_no: None,
        },
    )
}

/// What every event has.
struct Head<'a> {
    uid: &'a str,
    room_id: i64,
    seq: i64,
    at: Option<prost_types::Timestamp>,
}

impl Head<'_> {
    fn print<T: Serialize>(&self, kind: &'static str, topics: Topics, data: T) -> Option<Printed> {
        print(topics, &self.frame(kind, None, data))
    }

    /// Prints news of an order, whose number stands beside the data.
    fn print_of<T: Serialize>(
        &self,
        kind: &'static str,
        topics: Topics,
        order_no: String,
        data: T,
    ) -> Option<Printed> {
        print(topics, &self.frame(kind, Some(order_no), data))
    }

    fn frame<T: Serialize>(&self, kind: &'static str, order_no: Option<String>, data: T) -> Frame<'_, T> {
        Frame {
            kind,
            data,
            timestamp: instant(self.at),
            id: self.uid,
            room_id: (self.room_id != 0).then_some(self.room_id),
            seq: (self.seq != 0).then_some(self.seq),
            order_no,
        }
    }
}

fn print<T: Serialize>(topics: Topics, frame: &Frame<'_, T>) -> Option<Printed> {
    match serde_json::to_string(frame) {
        Ok(text) => Some(Printed { topics, text }),
        Err(error) => {
            tracing::error!(%error, kind = frame.kind, "an event cannot be printed");
            None
        }
    }
}
