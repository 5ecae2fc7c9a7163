//! What is printed of expenses and their shares (000-E11 to E14, history).
//!
//! One struct per printed shape, so that each endpoint prints exactly the document's fields; additions are left
//! out when they say nothing.

use money::{Minor, Percentage};
use proto::expense::v1 as expense;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    new_expense::SplitType,
    shapes::{People, Person, amount, amount_schema, instant, percentage_schema},
};

/// One person's share.
#[derive(Serialize, ToSchema)]
pub(crate) struct Split {
    #[schema(example = 1)]
    pub(crate) id: i64,
    pub(crate) user_id: i64,
    #[schema(schema_with = amount_schema)]
    pub(crate) amount: Minor,
    /// Whether the share was owed and has been handed over; the payer's own share stays false.
    pub(crate) is_paid: bool,
    /// True while the share is disputed; left out otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_frozen: bool,
    /// As it was given; left out when it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = percentage_schema)]
    pub(crate) percentage: Option<Percentage>,
    /// The weight as it was given; left out when it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shares: Option<i64>,
    /// Only in details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<Person>,
}

impl Split {
    /// Prints a share, with its person when people are given.
    pub(crate) fn of(split: expense::Split, people: Option<&People>) -> Self {
        Self {
            id: split.id,
            user_id: split.user_id,
            amount: amount(split.amount_minor),
            is_paid: split.is_paid,
            is_frozen: split.is_frozen,
            percentage: percentage(split.percentage_hundredths),
            shares: (split.weight > 0).then_some(split.weight),
            user: people.map(|people| people.person(split.user_id)),
        }
    }
}

/// Prints a percentage as it was given; none when it was not.
pub(crate) fn percentage(hundredths: i64) -> Option<Percentage> {
    let hundredths = u16::try_from(hundredths).ok().filter(|hundredths| *hundredths > 0)?;
    Percentage::new(hundredths).ok()
}

/// Who laid out how much.
#[derive(Serialize, ToSchema)]
pub(crate) struct Payer {
    user_id: i64,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
}

/// Prints several payers; one alone stands in `paid_by`.
fn payers(payers: Vec<expense::Payer>) -> Option<Vec<Payer>> {
    if payers.len() < 2 {
        return None;
    }
    let payer = |payer: expense::Payer| Payer { user_id: payer.user_id, amount: amount(payer.amount_minor) };
    Some(payers.into_iter().map(payer).collect())
}

/// A whole expense (000-E11, 000-E13).
#[derive(Serialize, ToSchema)]
pub(crate) struct Expense {
    #[schema(example = 1)]
    id: i64,
    #[schema(example = "测试费用")]
    title: String,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(example = "CNY")]
    currency: String,
    #[schema(example = "food")]
    category: String,
    description: String,
    #[schema(format = Date, example = "2023-01-01")]
    date: String,
    room_id: i64,
    split_type: SplitType,
    /// The payer; with several, the one who paid most.
    paid_by: i64,
    /// Only when several paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    payers: Option<Vec<Payer>>,
    created_by: i64,
    #[schema(example = "2023-01-01T00:00:00.000Z")]
    created_at: String,
    splits: Vec<Split>,
    /// Ids of uploads; left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    receipts: Vec<i64>,
    /// Grows with every change.
    version: i32,
}

impl Expense {
    /// Prints an expense, its shares with their people when people are given.
    pub(crate) fn of(expense: expense::Expense, people: Option<&People>) -> Self {
        let split_type = SplitType::of(expense.split_type());
        Self {
            id: expense.id,
            title: expense.title,
            amount: amount(expense.amount_minor),
            currency: expense.currency,
            category: expense.category,
            description: expense.description,
            date: expense.date,
            room_id: expense.room_id,
            split_type,
            paid_by: expense.paid_by,
            payers: payers(expense.payers),
            created_by: expense.created_by,
            created_at: instant(expense.created_at),
            splits: expense.splits.into_iter().map(|split| Split::of(split, people)).collect(),
            receipts: expense.receipt_upload_ids,
            version: expense.version,
        }
    }
}

/// An expense in a list (000-E12).
#[derive(Serialize, ToSchema)]
pub(crate) struct ExpenseRow {
    id: i64,
    title: String,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    currency: String,
    category: String,
    #[schema(format = Date)]
    date: String,
    room_id: i64,
    paid_by: i64,
    created_at: String,
}

impl From<expense::Expense> for ExpenseRow {
    fn from(expense: expense::Expense) -> Self {
        Self {
            id: expense.id,
            title: expense.title,
            amount: amount(expense.amount_minor),
            currency: expense.currency,
            category: expense.category,
            date: expense.date,
            room_id: expense.room_id,
            paid_by: expense.paid_by,
            created_at: instant(expense.created_at),
        }
    }
}

/// An expense that was just changed (000-E14).
#[derive(Serialize, ToSchema)]
pub(crate) struct UpdatedExpense {
    id: i64,
    title: String,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    updated_at: String,
    version: i32,
}

impl From<expense::Expense> for UpdatedExpense {
    fn from(expense: expense::Expense) -> Self {
        Self {
            id: expense.id,
            title: expense.title,
            amount: amount(expense.amount_minor),
            updated_at: instant(expense.updated_at),
            version: expense.version,
        }
    }
}

/// One step in the life of an expense.
#[derive(Serialize, ToSchema)]
pub(crate) struct HistoryEntry {
    version: i32,
    /// `created`, `updated`, `deleted`, `divided_by_bill`, `imported`.
    #[schema(example = "updated")]
    action: String,
    /// Who did it.
    user: Person,
    at: String,
    /// The expense as it was afterwards.
    expense: Option<Expense>,
}

impl HistoryEntry {
    /// Prints a step.
    pub(crate) fn of(entry: expense::HistoryEntry, people: &People) -> Self {
        Self {
            version: entry.version,
            action: entry.action,
            user: people.person(entry.actor_user_id),
            at: instant(entry.at),
            expense: entry.expense.map(|expense| Expense::of(expense, None)),
        }
    }
}
