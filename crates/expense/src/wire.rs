//! Our records as messages of the contract.
//!
//! Only translation, from records to messages and from enums to enums; nothing is decided here. The door, the
//! history and the news all use it, so that an expense looks the same everywhere.

use fault::Fault;
use host::timestamp;
use money::{Minor, Percentage};
use proto::expense::v1;

use crate::{
    domain::{self, Part, Transfer, explain::Line, split::SplitType},
    store::{
        Expense, Settlement, Split, balances::Balance, bill_shares, disputes::Dispute, history::Version,
    },
};

/// Gives an expense, with its splits if it has been read with them.
pub(crate) fn expense(expense: &Expense) -> v1::Expense {
    v1::Expense {
        id: expense.id,
        room_id: expense.room_id,
        title: expense.title.clone(),
        amount_minor: expense.amount.get(),
        currency: expense.currency.as_str().to_owned(),
        category: expense.category.clone(),
        description: expense.description.clone(),
        date: expense.date.to_string(),
        split_type: split_type(expense.split_type).into(),
        paid_by: expense.paid_by,
        payers: expense.payers.iter().copied().map(payer).collect(),
        splits: expense.splits.iter().map(split).collect(),
        created_by: expense.created_by,
        created_at: Some(timestamp(expense.created_at)),
        updated_at: Some(timestamp(expense.updated_at)),
        version: expense.version,
        deleted: expense.is_deleted,
        receipt_upload_ids: expense.receipt_upload_ids.clone(),
    }
}

/// Gives who paid how much.
pub(crate) const fn payer(payer: Part) -> v1::Payer {
    v1::Payer { user_id: payer.user_id, amount_minor: payer.amount.get() }
}

/// Gives one person's share.
pub(crate) fn split(split: &Split) -> v1::Split {
    v1::Split {
        id: split.id,
        user_id: split.user_id,
        amount_minor: split.amount.get(),
        debt_minor: split.debt.get(),
        paid_minor: split.settled().get(),
        is_paid: split.is_paid(),
        is_frozen: split.is_frozen,
        percentage_hundredths: split.percentage.map(Percentage::get).unwrap_or_default().into(),
        weight: split.weight.unwrap_or_default().into(),
        confirmed_by: split.confirmed_by.unwrap_or_default(),
        confirmed_at: split.confirmed_at.map(timestamp),
    }
}

/// Names a way to divide.
pub(crate) const fn split_type(kind: SplitType) -> v1::SplitType {
    match kind {
        SplitType::Equal => v1::SplitType::Equal,
        SplitType::Custom => v1::SplitType::Custom,
        SplitType::Percentage => v1::SplitType::Percentage,
        SplitType::Shares => v1::SplitType::Shares,
    }
}

/// Reads a way to divide; `None` when none is given.
///
/// *Errors*: a validation fault on `split_type` for a number that stands for nothing.
pub(crate) fn read_split_type(kind: i32) -> Result<Option<SplitType>, Fault> {
    match v1::SplitType::try_from(kind) {
        Ok(v1::SplitType::Unspecified) => Ok(None),
        Ok(v1::SplitType::Equal) => Ok(Some(SplitType::Equal)),
        Ok(v1::SplitType::Custom) => Ok(Some(SplitType::Custom)),
        Ok(v1::SplitType::Percentage) => Ok(Some(SplitType::Percentage)),
        Ok(v1::SplitType::Shares) => Ok(Some(SplitType::Shares)),
        Err(_) => Err(Fault::validation("split_type", "must be equal, custom, percentage or shares")),
    }
}

/// Reads what a client says of one person's share.
pub(crate) fn read_split(input: &v1::SplitInput) -> domain::split::SplitInput {
    domain::split::SplitInput {
        user_id: input.user_id,
        amount: input.amount_minor.map(Minor::new),
        percentage: input.percentage_hundredths,
        weight: input.weight,
    }
}

/// Reads who paid how much.
pub(crate) const fn read_payer(payer: &v1::Payer) -> Part {
    Part::new(payer.user_id, Minor::new(payer.amount_minor))
}

/// Gives a settlement.
pub(crate) fn settlement(settlement: &Settlement) -> v1::Settlement {
    v1::Settlement {
        id: settlement.id,
        room_id: settlement.room_id,
        from_user_id: settlement.transfer.from_user_id,
        to_user_id: settlement.transfer.to_user_id,
        amount_minor: settlement.transfer.amount.get(),
        currency: settlement.currency.as_str().to_owned(),
        date: settlement.date.to_string(),
        kind: settlement.kind.as_str().to_owned(),
        expense_id: settlement.expense_id.unwrap_or_default(),
        bill_id: settlement.bill_id.unwrap_or_default(),
        note: settlement.note.clone(),
        created_by: settlement.created_by,
        created_at: Some(timestamp(settlement.created_at)),
    }
}

/// Gives a transfer.
pub(crate) const fn transfer(transfer: Transfer) -> v1::Transfer {
    v1::Transfer {
        from_user_id: transfer.from_user_id,
        to_user_id: transfer.to_user_id,
        amount_minor: transfer.amount.get(),
    }
}

/// Gives a balance.
pub(crate) fn balance(balance: &Balance) -> v1::Balance {
    v1::Balance {
        user_id: balance.user_id,
        currency: balance.currency.as_str().to_owned(),
        paid_minor: balance.paid.get(),
        owed_minor: balance.owed.get(),
        balance_minor: balance.net().get(),
    }
}

/// Gives a line of an explanation.
pub(crate) fn line(line: &Line) -> v1::ExplanationLine {
    v1::ExplanationLine {
        expense_id: line.expense_id,
        title: line.title.clone(),
        date: line.date.to_string(),
        paid_minor: line.paid.get(),
        owed_minor: line.owed.get(),
        net_minor: line.net().get(),
    }
}

/// Gives a dispute.
pub(crate) fn dispute(dispute: &Dispute) -> v1::Dispute {
    v1::Dispute {
        id: dispute.id,
        room_id: dispute.room_id,
        expense_id: dispute.expense_id.unwrap_or_default(),
        bill_id: dispute.bill_id.unwrap_or_default(),
        split_id: dispute.split_id,
        opened_by: dispute.opened_by,
        reason: dispute.reason.clone(),
        status: dispute.status.clone(),
        comment: dispute.comment.clone(),
        resolved_by: dispute.resolved_by.unwrap_or_default(),
        created_at: Some(timestamp(dispute.created_at)),
        resolved_at: dispute.resolved_at.map(timestamp),
    }
}

/// Gives a share of a sealed bill.
pub(crate) fn bill_share(share: &bill_shares::Share) -> v1::BillShare {
    v1::BillShare {
        bill_id: share.bill_id,
        user_id: share.user_id,
        amount_minor: share.amount_minor,
        debt_minor: share.debt_minor,
        paid_minor: share.paid_minor,
        is_paid: share.is_paid(),
        is_frozen: share.is_frozen,
        payee_user_ids: share.payee_user_ids.clone(),
        confirmed_by: share.confirmed_by.unwrap_or_default(),
        confirmed_at: share.confirmed_at.map(timestamp),
    }
}

/// Gives a version of an expense. *Errors*: internal, if the snapshot can't be read.
pub(crate) fn version(version: &Version) -> Result<v1::HistoryEntry, Fault> {
    use prost::Message as _;

    let expense = v1::Expense::decode(version.snapshot.as_slice())
        .map_err(|error| Fault::internal(format!("a version of an expense can't be read: {error}")))?;
    Ok(v1::HistoryEntry {
        version: version.version,
        action: version.action.clone(),
        actor_user_id: version.actor_user_id,
        at: Some(timestamp(version.at)),
        expense: Some(expense),
    })
}
