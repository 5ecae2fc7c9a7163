//! What is read of expenses: new ones, changes, filters (000-E11, E12, E14, contract section 15).
//!
//! Only form is checked here. Whether shares add up and who is a member is decided by the expense service.

use fault::{Code, Fault};
use money::{Minor, Percentage};
use proto::expense::v1 as expense;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shapes::{amount_input_schema, page, percentage_schema};
use crate::extract::values;

/// The category of an expense that names none.
const CATEGORY: &str = "other";
/// How many expenses one batch holds (000-L03).
const BATCH_MAX: usize = 100;

/// How an amount is divided (000-S03; `shares` is an addition).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SplitType {
    Equal,
    Custom,
    Percentage,
    Shares,
}

impl SplitType {
    /// Gives the word of the contract between services.
    pub(crate) const fn proto(self) -> expense::SplitType {
        match self {
            Self::Equal => expense::SplitType::Equal,
            Self::Custom => expense::SplitType::Custom,
            Self::Percentage => expense::SplitType::Percentage,
            Self::Shares => expense::SplitType::Shares,
        }
    }

    /// Takes the word of the contract between services; unspecified never leaves a service and reads as equal.
    pub(crate) const fn of(split_type: expense::SplitType) -> Self {
        match split_type {
            expense::SplitType::Equal | expense::SplitType::Unspecified => Self::Equal,
            expense::SplitType::Custom => Self::Custom,
            expense::SplitType::Percentage => Self::Percentage,
            expense::SplitType::Shares => Self::Shares,
        }
    }
}

/// One person's share; which field counts depends on the split type.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSplit {
    #[serde(deserialize_with = "values::id")]
    user_id: i64,
    /// For `custom`.
    #[serde(default, deserialize_with = "values::given_amount")]
    #[schema(schema_with = amount_input_schema)]
    amount: Option<Minor>,
    /// For `percentage`; all together 100.00.
    #[serde(default, deserialize_with = "values::given_percentage")]
    #[schema(schema_with = percentage_schema)]
    percentage: Option<Percentage>,
    /// For `shares`; 1 to 1,000,000.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000)]
    shares: Option<i64>,
}

impl From<NewSplit> for expense::SplitInput {
    fn from(split: NewSplit) -> Self {
        Self {
            user_id: split.user_id,
            amount_minor: split.amount.map(Minor::get),
            percentage_hundredths: split.percentage.map(|percentage| i64::from(percentage.get())),
            weight: split.shares,
        }
    }
}

/// Takes the shares as the contract between services wants them.
pub(crate) fn splits(splits: Option<Vec<NewSplit>>) -> Vec<expense::SplitInput> {
    splits.unwrap_or_default().into_iter().map(Into::into).collect()
}

/// Who laid out how much, when it was not one person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPayer {
    #[serde(deserialize_with = "values::id")]
    user_id: i64,
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Minor,
}

fn payers(payers: Option<Vec<NewPayer>>) -> Vec<expense::Payer> {
    let payer = |payer: NewPayer| expense::Payer { user_id: payer.user_id, amount_minor: payer.amount.get() };
    payers.unwrap_or_default().into_iter().map(payer).collect()
}

/// A new expense (000-E11).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExpense {
    #[schema(min_length = 1, max_length = 100, example = "测试费用")]
    title: String,
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Minor,
    /// ISO 4217, `CNY` when missing.
    #[serde(default)]
    #[schema(example = "CNY")]
    currency: Option<String>,
    /// `other` when missing.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 32, example = "food")]
    category: Option<String>,
    #[serde(default)]
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// The day it was spent; today when missing.
    #[serde(default, deserialize_with = "values::given_date")]
    #[schema(value_type = Option<String>, format = Date, example = "2023-01-01")]
    date: Option<String>,
    #[serde(deserialize_with = "values::id")]
    room_id: i64,
    split_type: SplitType,
    /// The payer; the caller when both this and `payers` are missing.
    #[serde(default, deserialize_with = "values::given_id")]
    paid_by: Option<i64>,
    /// Instead of `paid_by`, when several paid; adds up to the amount.
    #[serde(default)]
    payers: Option<Vec<NewPayer>>,
    /// For `equal` the users, all members when missing; for the other types one entry per person.
    #[serde(default)]
    splits: Option<Vec<NewSplit>>,
    /// Ids of own uploads, at most 10.
    #[serde(default, deserialize_with = "values::given_ids")]
    receipts: Option<Vec<i64>>,
}

impl NewExpense {
    /// Gives the expense as the contract between services wants it; `today` is taken when no day is given.
    ///
    /// *Errors*: a validation fault when both `paid_by` and `payers` are given.
    pub(crate) fn proto(self, today: &str) -> Result<expense::NewExpense, Fault> {
        if self.paid_by.is_some() && self.payers.is_some() {
            return Err(Fault::validation("payers", "must not be given together with paid_by"));
        }
        Ok(expense::NewExpense {
            room_id: self.room_id,
            title: self.title,
            amount_minor: self.amount.get(),
            currency: self.currency.unwrap_or_default(),
            category: self.category.unwrap_or_else(|| CATEGORY.to_owned()),
            description: self.description.unwrap_or_default(),
            date: self.date.unwrap_or_else(|| today.to_owned()),
            split_type: self.split_type.proto().into(),
            paid_by: self.paid_by.unwrap_or_default(),
            payers: payers(self.payers),
            splits: splits(self.splits),
            receipt_upload_ids: self.receipts.unwrap_or_default(),
        })
    }
}

/// Several expenses of one room, all or nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExpenses {
    #[schema(min_items = 1, max_items = 100)]
    expenses: Vec<NewExpense>,
}

impl NewExpenses {
    /// Asks the expense service for them.
    ///
    /// *Errors*: a validation fault for none, `BATCH_LIMIT_EXCEEDED` for more than 100.
    pub(crate) fn request(self, today: &str) -> Result<expense::CreateExpensesRequest, Fault> {
        if self.expenses.is_empty() {
            return Err(Fault::validation("expenses", "must hold at least one expense"));
        }
        if self.expenses.len() > BATCH_MAX {
            return Err(Fault::new(Code::BatchLimitExceeded, "expenses: must hold at most 100 expenses")
                .with_field("expenses"));
        }
        let numbered = self.expenses.into_iter().enumerate();
        let expenses = numbered.map(|(at, body)| {
            body.proto(today).map_err(|fault| Fault::validation(format!("expenses[{at}]"), fault.detail()))
        });
        Ok(expense::CreateExpensesRequest { expenses: expenses.collect::<Result<_, _>>()? })
    }
}

/// What changes of an expense (000-E14); what is missing stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateExpense {
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    title: Option<String>,
    #[serde(default, deserialize_with = "values::given_positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Option<Minor>,
    #[serde(default)]
    #[schema(max_length = 32)]
    category: Option<String>,
    #[serde(default)]
    #[schema(max_length = 1000)]
    description: Option<String>,
    #[serde(default, deserialize_with = "values::given_date")]
    #[schema(value_type = Option<String>, format = Date)]
    date: Option<String>,
    #[serde(default)]
    split_type: Option<SplitType>,
    /// Divided anew as before when missing and the amount changed.
    #[serde(default)]
    splits: Option<Vec<NewSplit>>,
    /// Only with several payers and a new amount.
    #[serde(default)]
    payers: Option<Vec<NewPayer>>,
    /// Replaces the receipts.
    #[serde(default, deserialize_with = "values::given_ids")]
    receipts: Option<Vec<i64>>,
    /// The version that was read; another one by now is `VERSION_CONFLICT`.
    #[serde(default)]
    version: Option<i32>,
}

impl UpdateExpense {
    /// Asks the expense service for the change.
    pub(crate) fn request(self, expense_id: i64) -> expense::UpdateExpenseRequest {
        expense::UpdateExpenseRequest {
            expense_id,
            title: self.title,
            amount_minor: self.amount.map(Minor::get),
            category: self.category,
            description: self.description,
            date: self.date,
            split_type: self.split_type.map_or(expense::SplitType::Unspecified, SplitType::proto).into(),
            splits: splits(self.splits),
            expected_version: self.version,
            payers: payers(self.payers),
            replace_receipts: self.receipts.as_ref().map(|_| true),
            receipt_upload_ids: self.receipts.unwrap_or_default(),
        }
    }
}

/// Which expenses are asked for (000-E12).
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpensesQuery {
    /// Only this room; all rooms of the caller when missing.
    #[serde(default, deserialize_with = "values::given_id")]
    room_id: Option<i64>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default, deserialize_with = "values::given_id")]
    paid_by: Option<i64>,
    /// Every debt of the expense handed over (true), or one still open (false).
    #[serde(default)]
    is_paid: Option<bool>,
    /// First day, inclusive.
    #[serde(default, deserialize_with = "values::given_date")]
    #[param(value_type = Option<String>, format = Date)]
    start_date: Option<String>,
    /// Last day, inclusive.
    #[serde(default, deserialize_with = "values::given_date")]
    #[param(value_type = Option<String>, format = Date)]
    end_date: Option<String>,
    /// Page, from 1.
    #[serde(default = "values::first_page", deserialize_with = "values::page_number")]
    #[param(minimum = 1, default = 1, value_type = Option<i32>)]
    page: i32,
    /// Rows on a page, 1 to 100.
    #[serde(default = "values::usual_page_size", deserialize_with = "values::page_size")]
    #[param(minimum = 1, maximum = 100, default = 10, value_type = Option<i32>)]
    limit: i32,
}

impl From<ExpensesQuery> for expense::ListExpensesRequest {
    fn from(query: ExpensesQuery) -> Self {
        Self {
            page: page(query.page, query.limit),
            room_id: query.room_id.unwrap_or_default(),
            category: query.category.unwrap_or_default(),
            paid_by: query.paid_by.unwrap_or_default(),
            is_paid: query.is_paid,
            start_date: query.start_date.unwrap_or_default(),
            end_date: query.end_date.unwrap_or_default(),
        }
    }
}

/// A share of an expense or a bill (000-E15, 000-E21).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmSplit {
    #[serde(deserialize_with = "values::id")]
    pub(crate) split_id: i64,
}
