//! Refunds as they are printed and asked for (001-E07, 001-E08, 001-E10).

use chrono_tz::Tz;
use fault::Fault;
use money::Minor;
use prost_types::Timestamp;
use proto::{
    page::v1::Request,
    payment::v1::{self as payment, OperatorType, RefundStatus, RefundType},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::paging;
use crate::{
    app::App,
    extract::{Number, given_number, values},
    faces::{
        shapes::{amount, amount_input_schema, amount_schema, text},
        times::{self, Moment},
        words,
    },
};

/// How long a refund takes at most, as the document tells payers.
const ESTIMATE_SECONDS: i64 = 24 * 60 * 60;

/// A refund that was asked for (001-E07).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Refund {
    #[schema(example = "REF202401160001")]
    refund_id: String,
    #[schema(example = "REF202401160001")]
    refund_no: String,
    #[schema(example = "PAY202401160001")]
    payment_id: String,
    #[schema(example = 987_654)]
    order_id: i64,
    #[schema(schema_with = amount_schema)]
    refund_amount: Minor,
    #[schema(example = "商品质量问题")]
    refund_reason: String,
    /// `full` or `partial`.
    #[schema(example = "partial")]
    refund_type: &'static str,
    /// `processing`, `success` or `failed`.
    #[schema(example = "processing")]
    status: &'static str,
    #[schema(example = 67_890)]
    operator_id: i64,
    /// `user`, `merchant` or `admin`.
    #[schema(example = "merchant")]
    operator_type: &'static str,
    #[schema(example = "2024-01-16T14:00:00")]
    create_time: Option<String>,
    /// When it should have arrived.
    #[schema(example = "2024-01-17T14:00:00")]
    estimated_time: Option<String>,
}

/// A refund (001-E08, 001-E10).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundRow {
    refund_id: String,
    refund_no: String,
    payment_id: String,
    order_id: i64,
    order_no: String,
    user_id: i64,
    #[schema(schema_with = amount_schema)]
    refund_amount: Minor,
    currency: String,
    refund_reason: String,
    refund_type: &'static str,
    status: &'static str,
    operator_id: i64,
    operator_type: &'static str,
    description: Option<String>,
    /// Why it failed; null otherwise.
    fail_reason: Option<String>,
    third_party_refund_id: Option<String>,
    create_time: Option<String>,
    update_time: Option<String>,
    /// When it succeeded or failed; null before.
    finish_time: Option<String>,
    estimated_time: Option<String>,
}

impl Refund {
    /// Prints a refund that was asked for.
    pub(crate) fn of(made: payment::Refund, zone: Tz) -> Self {
        Self {
            refund_type: type_of(made.r#type()),
            status: words::refund_state(made.status()),
            operator_type: operator_of(made.operator_type()),
            estimated_time: times::local(estimate(made.created_at), zone),
            create_time: times::local(made.created_at, zone),
            refund_id: made.refund_no.clone(),
            refund_no: made.refund_no,
            payment_id: made.payment_no,
            order_id: made.order_id,
            refund_amount: amount(made.amount_minor),
            refund_reason: made.reason,
            operator_id: made.operator_id,
        }
    }
}

impl RefundRow {
    /// Prints a refund.
    pub(crate) fn of(found: payment::Refund, zone: Tz) -> Self {
        Self {
            refund_type: type_of(found.r#type()),
            status: words::refund_state(found.status()),
            operator_type: operator_of(found.operator_type()),
            estimated_time: times::local(estimate(found.created_at), zone),
            create_time: times::local(found.created_at, zone),
            update_time: times::local(found.updated_at, zone),
            finish_time: times::local(found.finished_at, zone),
            refund_id: found.refund_no.clone(),
            refund_no: found.refund_no,
            payment_id: found.payment_no,
            order_id: found.order_id,
            order_no: found.order_no,
            user_id: found.user_id,
            refund_amount: amount(found.amount_minor),
            currency: found.currency,
            refund_reason: found.reason,
            operator_id: found.operator_id,
            description: text(found.description),
            fail_reason: text(found.failure),
            third_party_refund_id: text(found.provider_refund_id),
        }
    }
}

fn estimate(created_at: Option<Timestamp>) -> Option<Timestamp> {
    let at = created_at?;
    Some(Timestamp { seconds: at.seconds.saturating_add(ESTIMATE_SECONDS), nanos: at.nanos })
}

const fn type_of(kind: RefundType) -> &'static str {
    match kind {
        RefundType::Full => "full",
        RefundType::Partial | RefundType::Unspecified => "partial",
    }
}

const fn operator_of(kind: OperatorType) -> &'static str {
    match kind {
        OperatorType::User => "user",
        OperatorType::Merchant => "merchant",
        OperatorType::Admin | OperatorType::Unspecified => "admin",
    }
}

/// Money back (001-E07).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewRefund {
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    refund_amount: Minor,
    #[schema(min_length = 1, max_length = 256, example = "商品质量问题")]
    refund_reason: String,
    /// `full` must be all that is left.
    refund_type: Extent,
    /// The token's user.
    #[serde(deserialize_with = "values::id")]
    #[schema(example = 67_890)]
    pub(crate) operator_id: i64,
    operator_type: Operator,
    #[serde(default)]
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// Where the caller hears of it, signed as Standard Webhooks say.
    #[serde(default)]
    notify_url: Option<String>,
    /// Anything.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    extra_data: Option<Map<String, Value>>,
}

/// How much goes back.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Extent {
    Full,
    Partial,
}

/// In what capacity a refund is asked for.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Operator {
    /// The payer; it waits for approval.
    User,
    /// For holders of `payment:write`.
    Merchant,
    /// For holders of `payment:write`.
    Admin,
}

impl From<Extent> for RefundType {
    fn from(extent: Extent) -> Self {
        match extent {
            Extent::Full => Self::Full,
            Extent::Partial => Self::Partial,
        }
    }
}

impl NewRefund {
    /// Tells whether the payer himself asks.
    pub(crate) fn is_of_the_payer(&self) -> bool {
        self.operator_type == Operator::User
    }

    /// Asks the payment service for the refund.
    ///
    /// *Errors*: validation, for an address that is not allowed.
    pub(crate) fn request(self, of: Number, app: &App) -> Result<payment::CreateRefundRequest, Fault> {
        let operator_type = match self.operator_type {
            Operator::User => OperatorType::User,
            Operator::Merchant => OperatorType::Merchant,
            Operator::Admin => OperatorType::Admin,
        };
        Ok(payment::CreateRefundRequest {
            payment_id: of.id,
            payment_no: of.no,
            amount_minor: self.refund_amount.get(),
            r#type: RefundType::from(self.refund_type).into(),
            reason: self.refund_reason,
            description: self.description.unwrap_or_default(),
            operator_type: operator_type.into(),
            notify_url: app.links.notified("notifyUrl", self.notify_url.as_deref())?,
            extra_json: self.extra_data.map(|extra| Value::Object(extra).to_string()).unwrap_or_default(),
        })
    }
}

/// What is wanted of refunds (001-E10).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RefundsQuery {
    /// From 1.
    #[serde(default = "values::first_page", deserialize_with = "values::page_number")]
    #[schema(minimum = 1, default = 1, value_type = Option<i32>)]
    page_num: i32,
    /// Rows on a page, 1 to 100.
    #[serde(default = "paging::usual_page_size", deserialize_with = "values::page_size")]
    #[schema(minimum = 1, maximum = 100, default = 20, value_type = Option<i32>)]
    page_size: i32,
    /// The token's user; another one for holders of `payment:read`.
    #[serde(default, deserialize_with = "values::given_id")]
    #[schema(value_type = Option<i64>)]
    pub(crate) user_id: Option<i64>,
    #[serde(default, deserialize_with = "given_number")]
    #[schema(value_type = Option<String>, example = "PAY202401160001")]
    payment_id: Option<Number>,
    #[serde(default)]
    status: Option<RefundState>,
    #[serde(default)]
    refund_type: Option<Extent>,
    /// Local time, or with an offset, or a day; inclusive.
    #[serde(default, deserialize_with = "times::given_moment")]
    #[schema(value_type = Option<String>, example = "2024-01-01T00:00:00")]
    start_time: Option<Moment>,
    /// As `startTime`; inclusive.
    #[serde(default, deserialize_with = "times::given_moment")]
    #[schema(value_type = Option<String>, example = "2024-01-31T23:59:59")]
    end_time: Option<Moment>,
    #[serde(default)]
    #[expect(dead_code, reason = "there is one order alone; another one is refused")]
    order_by: RefundsOrder,
    /// `ASC` or `DESC`, in any case.
    #[serde(default, rename = "orderDirection", deserialize_with = "paging::is_ascending")]
    #[schema(rename = "orderDirection", value_type = Option<String>, default = "DESC")]
    is_ascending: bool,
}

/// The states of a refund.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RefundState {
    Processing,
    Success,
    Failed,
}

/// By what refunds are ordered.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RefundsOrder {
    #[default]
    CreateTime,
}

impl RefundsQuery {
    /// Asks the payment service for the page.
    ///
    /// *Errors*: validation, when the period ends before it begins.
    pub(crate) fn request(self, zone: Tz) -> Result<payment::ListRefundsRequest, Fault> {
        let (from, to) = paging::period(self.start_time, self.end_time, zone)?;
        let statuses: &[RefundStatus] = match self.status {
            None => &[],
            Some(RefundState::Processing) => &[RefundStatus::WaitingApproval, RefundStatus::Processing],
            Some(RefundState::Success) => &[RefundStatus::Success],
            Some(RefundState::Failed) => &[RefundStatus::Failed],
        };
        let of = self.payment_id.unwrap_or_default();
        Ok(payment::ListRefundsRequest {
            page: Some(Request { number: self.page_num, size: self.page_size }),
            user_id: self.user_id.unwrap_or_default(),
            payment_id: of.id,
            payment_no: of.no,
            statuses: statuses.iter().map(|status| (*status).into()).collect(),
            r#type: self.refund_type.map_or(RefundType::Unspecified, RefundType::from).into(),
            from,
            to,
            ascending: self.is_ascending,
        })
    }
}
