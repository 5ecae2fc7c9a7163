//! Bodies of bills (000-E17 to E22).

use money::Minor;
use proto::{bill::v1 as bill, expense::v1 as expense};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    expenses::{Split, percentage},
    new_expense::{NewSplit, SplitType, splits},
    shapes::{People, amount, amount_input_schema, amount_schema, given, given_instant, instant, page},
};
use crate::extract::values;

/// A piece of a bill.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBillItem {
    #[serde(deserialize_with = "values::id")]
    expense_id: i64,
    /// At most what is left of the expense; all that is left when missing.
    #[serde(default, deserialize_with = "values::given_positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Option<Minor>,
}

/// A new bill, or a rejected one as it is sent again (000-E17).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBill {
    #[schema(min_length = 1, max_length = 100, example = "测试账单")]
    title: String,
    #[serde(default)]
    #[schema(max_length = 1000)]
    description: Option<String>,
    #[serde(deserialize_with = "values::date")]
    #[schema(format = Date, example = "2023-12-31")]
    due_date: String,
    #[serde(deserialize_with = "values::id")]
    room_id: i64,
    #[schema(min_items = 1, max_items = 100)]
    items: Vec<NewBillItem>,
    split_type: SplitType,
    /// As in an expense; `custom` without them takes the expenses' own shares.
    #[serde(default)]
    splits: Option<Vec<NewSplit>>,
}

impl From<NewBill> for bill::NewBill {
    fn from(body: NewBill) -> Self {
        let item = |item: NewBillItem| expense::BillItem {
            expense_id: item.expense_id,
            amount_minor: item.amount.map(Minor::get).unwrap_or_default(),
        };
        Self {
            room_id: body.room_id,
            title: body.title,
            description: body.description.unwrap_or_default(),
            due_date: body.due_date,
            items: body.items.into_iter().map(item).collect(),
            split_type: body.split_type.proto().into(),
            splits: splits(body.splits),
        }
    }
}

/// A bill's state as it is written (000-S04).
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BillStatus {
    Pending,
    Approved,
    Rejected,
}

impl BillStatus {
    const fn proto(self) -> bill::Status {
        match self {
            Self::Pending => bill::Status::Pending,
            Self::Approved => bill::Status::Approved,
            Self::Rejected => bill::Status::Rejected,
        }
    }

    const fn of(status: bill::Status) -> Self {
        match status {
            bill::Status::Approved => Self::Approved,
            bill::Status::Rejected => Self::Rejected,
            bill::Status::Pending | bill::Status::Unspecified => Self::Pending,
        }
    }
}

/// How far a bill is paid (contract section 5).
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PaymentStatus {
    Unpaid,
    Partial,
    Paid,
    Overdue,
}

impl PaymentStatus {
    /// Takes the word of the contract between services.
    pub(crate) const fn of(status: bill::PaymentStatus) -> Self {
        match status {
            bill::PaymentStatus::Unpaid | bill::PaymentStatus::Unspecified => Self::Unpaid,
            bill::PaymentStatus::Partial => Self::Partial,
            bill::PaymentStatus::Paid => Self::Paid,
            bill::PaymentStatus::Overdue => Self::Overdue,
        }
    }
}

/// What a reviewer decides.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReviewDecision {
    Approved,
    Rejected,
}

/// A review (000-E20).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Review {
    status: ReviewDecision,
    #[serde(default)]
    #[schema(max_length = 1000, example = "审核通过")]
    review_comment: Option<String>,
}

impl Review {
    /// Asks the bill service for the review.
    pub(crate) fn request(self, bill_id: i64) -> bill::ReviewBillRequest {
        let status = match self.status {
            ReviewDecision::Approved => bill::Status::Approved,
            ReviewDecision::Rejected => bill::Status::Rejected,
        };
        let review_comment = self.review_comment.unwrap_or_default();
        bill::ReviewBillRequest { bill_id, status: status.into(), review_comment }
    }
}

/// Which bills are asked for (000-E18).
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct BillsQuery {
    /// Only this room; all rooms of the caller when missing.
    #[serde(default, deserialize_with = "values::given_id")]
    room_id: Option<i64>,
    #[serde(default)]
    #[param(inline)]
    status: Option<BillStatus>,
    #[serde(default, deserialize_with = "values::given_id")]
    created_by: Option<i64>,
    /// First day of creation, inclusive.
    #[serde(default, deserialize_with = "values::given_date")]
    #[param(value_type = Option<String>, format = Date)]
    start_date: Option<String>,
    /// Last day of creation, inclusive.
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

impl From<BillsQuery> for bill::ListBillsRequest {
    fn from(query: BillsQuery) -> Self {
        Self {
            page: page(query.page, query.limit),
            room_id: query.room_id.unwrap_or_default(),
            status: query.status.map_or(bill::Status::Unspecified, BillStatus::proto).into(),
            created_by: query.created_by.unwrap_or_default(),
            start_date: query.start_date.unwrap_or_default(),
            end_date: query.end_date.unwrap_or_default(),
        }
    }
}

/// A bill (000-E17, 000-E19).
#[derive(Serialize, ToSchema)]
pub(crate) struct Bill {
    #[schema(example = 1)]
    id: i64,
    #[schema(example = "测试账单")]
    title: String,
    description: String,
    #[schema(format = Date, example = "2023-12-31")]
    due_date: String,
    room_id: i64,
    status: BillStatus,
    payment_status: PaymentStatus,
    #[schema(schema_with = amount_schema)]
    total_amount: Minor,
    currency: String,
    split_type: SplitType,
    created_by: i64,
    #[schema(example = "2023-01-01T00:00:00.000Z")]
    created_at: String,
    /// These three only after a review.
    #[serde(skip_serializing_if = "Option::is_none")]
    review_comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewed_by: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewed_at: Option<String>,
    /// Only in details.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<BillItem>>,
    splits: Vec<Split>,
}

/// A piece of a bill.
#[derive(Serialize, ToSchema)]
pub(crate) struct BillItem {
    expense_id: i64,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    expense: BilledExpense,
}

/// The expense behind a piece of a bill.
#[derive(Serialize, ToSchema)]
pub(crate) struct BilledExpense {
    id: i64,
    title: String,
    category: String,
}

impl Bill {
    /// Prints a bill: whole, with its people, or without items when none are given.
    pub(crate) fn of(bill: bill::Bill, people: Option<&People>) -> Self {
        let (status, payment_status) =
            (BillStatus::of(bill.status()), PaymentStatus::of(bill.payment_status()));
        let split_type = SplitType::of(bill.split_type());
        let reviewed_by = given(bill.reviewed_by);
        Self {
            id: bill.id,
            title: bill.title,
            description: bill.description,
            due_date: bill.due_date,
            room_id: bill.room_id,
            status,
            payment_status,
            total_amount: amount(bill.total_amount_minor),
            currency: bill.currency,
            split_type,
            created_by: bill.created_by,
            created_at: instant(bill.created_at),
            review_comment: reviewed_by.map(|_| bill.review_comment),
            reviewed_by,
            reviewed_at: reviewed_by.and_then(|_| given_instant(bill.reviewed_at)),
            items: people.map(|_| bill.items.into_iter().map(Into::into).collect()),
            splits: bill.splits.into_iter().map(|split| bill_split(&split, people)).collect(),
        }
    }
}

/// Prints a bill's share, with its person when people are given.
pub(crate) fn bill_split(split: &bill::Split, people: Option<&People>) -> Split {
    Split {
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

impl From<bill::Item> for BillItem {
    fn from(item: bill::Item) -> Self {
        Self {
            expense_id: item.expense_id,
            amount: amount(item.amount_minor),
            expense: BilledExpense { id: item.expense_id, title: item.title, category: item.category },
        }
    }
}

/// A bill in a list (000-E18).
#[derive(Serialize, ToSchema)]
pub(crate) struct BillRow {
    id: i64,
    title: String,
    #[schema(format = Date)]
    due_date: String,
    room_id: i64,
    status: BillStatus,
    payment_status: PaymentStatus,
    #[schema(schema_with = amount_schema)]
    total_amount: Minor,
    currency: String,
    created_by: i64,
    created_at: String,
}

impl From<bill::Bill> for BillRow {
    fn from(bill: bill::Bill) -> Self {
        let (status, payment_status) =
            (BillStatus::of(bill.status()), PaymentStatus::of(bill.payment_status()));
        Self {
            id: bill.id,
            title: bill.title,
            due_date: bill.due_date,
            room_id: bill.room_id,
            status,
            payment_status,
            total_amount: amount(bill.total_amount_minor),
            currency: bill.currency,
            created_by: bill.created_by,
            created_at: instant(bill.created_at),
        }
    }
}

/// What came of a review (000-E20).
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewedBill {
    id: i64,
    status: BillStatus,
    review_comment: String,
    reviewed_by: i64,
    #[schema(example = "2023-01-01T00:00:00.000Z")]
    reviewed_at: String,
}

impl From<bill::Bill> for ReviewedBill {
    fn from(bill: bill::Bill) -> Self {
        let status = BillStatus::of(bill.status());
        Self {
            id: bill.id,
            status,
            review_comment: bill.review_comment,
            reviewed_by: bill.reviewed_by,
            reviewed_at: instant(bill.reviewed_at),
        }
    }
}

/// The caller's bills in numbers (000-E22).
#[derive(Serialize, ToSchema)]
pub(crate) struct UserBillStats {
    #[schema(example = 5)]
    total_bills: i64,
    #[schema(schema_with = amount_schema)]
    total_amount: Minor,
    #[schema(schema_with = amount_schema)]
    paid_amount: Minor,
    #[schema(schema_with = amount_schema)]
    unpaid_amount: Minor,
    #[schema(example = 2)]
    pending_bills: i64,
    #[schema(example = 3)]
    approved_bills: i64,
}

impl From<bill::GetUserStatsResponse> for UserBillStats {
    fn from(stats: bill::GetUserStatsResponse) -> Self {
        Self {
            total_bills: stats.total_bills,
            total_amount: amount(stats.total_amount_minor),
            paid_amount: amount(stats.paid_amount_minor),
            unpaid_amount: amount(stats.unpaid_amount_minor),
            pending_bills: stats.pending_bills,
            approved_bills: stats.approved_bills,
        }
    }
}
