//! Our records as messages of the contract. Only translation; nothing is decided here.

use std::collections::HashMap;

use chrono::NaiveDate;
use fault::Fault;
use proto::{
    bill::v1::{Bill, Item, PaymentStatus, Split, Status as WireStatus},
    expense::v1::{BillShare, SplitType as WireSplitType},
};
use share::SplitType;

use crate::{
    domain::{
        progress::{Owed, Progress, progress},
        status::Status,
    },
    store::{bills::Row, parts},
};

/// A bill without items and splits, as lists show it. `shares` are what the expense service says of it.
pub(crate) fn bill(row: &Row, shares: Option<&Vec<BillShare>>, today: NaiveDate) -> Bill {
    let status = Status::parse(&row.status).unwrap_or(Status::Pending);
    Bill {
        id: row.id,
        room_id: row.room_id,
        title: row.title.clone(),
        description: row.description.clone(),
        due_date: row.due_date.to_string(),
        status: wire_status(status).into(),
        payment_status: payment_status(status, shares, row.due_date, today).into(),
        total_amount_minor: row.total_minor,
        currency: row.currency.clone(),
        split_type: wire_split_type(&row.split_type).into(),
        created_by: row.created_by,
        created_at: Some(host::timestamp(row.created_at)),
        updated_at: Some(host::timestamp(row.updated_at)),
        // Until the approval is carried out nobody sees it.
        review_comment: if status == Status::Approving { String::new() } else { row.review_comment.clone() },
        reviewed_by: row.reviewed_by.filter(|_| status != Status::Approving).unwrap_or_default(),
        reviewed_at: row.reviewed_at.filter(|_| status != Status::Approving).map(host::timestamp),
        items: Vec::new(),
        splits: Vec::new(),
        version: row.version,
    }
}

/// The same with items and splits.
pub(crate) fn whole(
    bill: Bill,
    items: &[parts::Item],
    splits: &[parts::Split],
    shares: &[BillShare],
) -> Bill {
    let by_user: HashMap<_, _> = shares.iter().map(|share| (share.user_id, share)).collect();
    Bill {
        items: items.iter().map(item).collect(),
        splits: splits.iter().map(|split| wire_split(split, by_user.get(&split.user_id).copied())).collect(),
        ..bill
    }
}

fn item(item: &parts::Item) -> Item {
    Item {
        expense_id: item.expense_id,
        amount_minor: item.amount_minor,
        title: item.title.clone(),
        category: item.category.clone(),
    }
}

fn wire_split(split: &parts::Split, share: Option<&BillShare>) -> Split {
    Split {
        id: split.id,
        user_id: split.user_id,
        amount_minor: split.amount_minor,
        is_paid: share.is_some_and(|share| share.is_paid),
        is_frozen: share.is_some_and(|share| share.is_frozen),
        debt_minor: share.map_or(0, |share| share.debt_minor),
        paid_minor: share.map_or(0, |share| share.paid_minor),
        percentage_hundredths: i64::from(split.percentage_hundredths),
        weight: i64::from(split.weight),
    }
}

fn payment_status(
    status: Status,
    shares: Option<&Vec<BillShare>>,
    due_date: NaiveDate,
    today: NaiveDate,
) -> PaymentStatus {
    let Some(shares) = shares.filter(|_| status == Status::Approved) else { return PaymentStatus::Unpaid };
    let owed: Vec<_> = shares
        .iter()
        .map(|share| Owed { debt_minor: share.debt_minor, paid_minor: share.paid_minor })
        .collect();
    match progress(&owed, due_date, today) {
        Progress::Unpaid => PaymentStatus::Unpaid,
        Progress::Partial => PaymentStatus::Partial,
        Progress::Paid => PaymentStatus::Paid,
        Progress::Overdue => PaymentStatus::Overdue,
    }
}

const fn wire_status(status: Status) -> WireStatus {
    match status {
        Status::Approved => WireStatus::Approved,
        Status::Rejected => WireStatus::Rejected,
        Status::Reserving | Status::Pending | Status::Approving | Status::Abandoned => WireStatus::Pending,
    }
}

/// Reads a split type. *Errors*: a validation fault for the unspecified one.
pub(crate) fn split_type(value: i32) -> Result<SplitType, Fault> {
    match WireSplitType::try_from(value) {
        Ok(WireSplitType::Equal) => Ok(SplitType::Equal),
        Ok(WireSplitType::Custom) => Ok(SplitType::Custom),
        Ok(WireSplitType::Percentage) => Ok(SplitType::Percentage),
        Ok(WireSplitType::Shares) => Ok(SplitType::Shares),
        Ok(WireSplitType::Unspecified) | Err(_) => {
            Err(Fault::validation("split_type", "must be equal, custom, percentage or shares"))
        }
    }
}

fn wire_split_type(word: &str) -> WireSplitType {
    match SplitType::parse(word) {
        Some(SplitType::Equal) => WireSplitType::Equal,
        Some(SplitType::Custom) => WireSplitType::Custom,
        Some(SplitType::Percentage) => WireSplitType::Percentage,
        Some(SplitType::Shares) => WireSplitType::Shares,
        None => WireSplitType::Unspecified,
    }
}
