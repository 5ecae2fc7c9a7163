//! Payments as they are printed and asked for (001-E01, 001-E02, 001-E03, 001-E06).

use chrono_tz::Tz;
use fault::Fault;
use money::Minor;
use proto::{
    page::v1::Request,
    payment::v1::{self as payment, Channel, Handout, Method, PaymentStatus},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::paging;
use crate::{
    extract::{given_text_number, values},
    faces::{
        Face,
        shapes::{amount, amount_input_schema, amount_schema, text},
        times::{self, Moment},
        words,
    },
};

/// A payment that was made (001-E01).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Created {
    #[schema(example = "PAY202401160001")]
    payment_id: String,
    #[schema(example = "PAY202401160001")]
    payment_no: String,
    #[schema(example = 987_654)]
    order_id: i64,
    #[schema(example = "ORD202401160001")]
    order_no: String,
    #[schema(example = 12_345)]
    user_id: i64,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(example = "CNY")]
    currency: String,
    #[schema(example = "alipay")]
    payment_method: &'static str,
    #[schema(example = "app")]
    payment_channel: &'static str,
    #[schema(example = "pending")]
    status: &'static str,
    subject: String,
    #[schema(example = "2024-01-16T10:30:00")]
    create_time: Option<String>,
    #[schema(example = "2024-01-16T11:00:00")]
    expire_time: Option<String>,
    /// Null when there is nothing to be paid any more.
    payment_info: Option<PaymentInfo>,
}

/// What leads the payer to the cashier; null what is not offered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PaymentInfo {
    payment_url: Option<String>,
    /// The text of a code to scan.
    qr_code_url: Option<String>,
    order_string: Option<String>,
    app_id: Option<String>,
    partner_id: Option<String>,
}

/// A payment (001-E02).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Payment {
    #[schema(example = "PAY202401160001")]
    payment_id: String,
    #[schema(example = "PAY202401160001")]
    payment_no: String,
    #[schema(example = 987_654)]
    order_id: i64,
    #[schema(example = "ORD202401160001")]
    order_no: String,
    /// `pending`, `success`, `failed`, `cancelled` or `refunded`.
    #[schema(example = "success")]
    status: &'static str,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    /// What came; null before.
    #[schema(schema_with = amount_schema)]
    actual_amount: Option<Minor>,
    #[schema(example = "alipay")]
    payment_method: &'static str,
    #[schema(example = "app")]
    payment_channel: &'static str,
    third_party_transaction_id: Option<String>,
    #[schema(example = "2024-01-16T10:45:00")]
    paid_time: Option<String>,
    #[schema(example = "2024-01-16T10:30:00")]
    create_time: Option<String>,
    #[schema(example = "2024-01-16T10:45:00")]
    update_time: Option<String>,
    /// What went back; only once something did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = amount_schema)]
    refunded_amount: Option<Minor>,
    /// Only while it can be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_info: Option<PaymentInfo>,
}

/// A payment in a list (001-E06).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    payment_id: String,
    payment_no: String,
    order_id: i64,
    order_no: String,
    user_id: i64,
    status: &'static str,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(schema_with = amount_schema)]
    actual_amount: Option<Minor>,
    #[schema(schema_with = amount_schema)]
    refunded_amount: Minor,
    currency: String,
    payment_method: &'static str,
    payment_channel: &'static str,
    subject: String,
    third_party_transaction_id: Option<String>,
    paid_time: Option<String>,
    create_time: Option<String>,
    update_time: Option<String>,
    expire_time: Option<String>,
}

impl From<Handout> for PaymentInfo {
    fn from(handout: Handout) -> Self {
        Self {
            payment_url: text(handout.payment_url),
            qr_code_url: text(handout.qr_code),
            order_string: text(handout.order_string),
            app_id: text(handout.app_id),
            partner_id: text(handout.partner_id),
        }
    }
}

impl Created {
    /// Prints a payment that was made.
    pub(crate) fn of(made: payment::Payment, zone: Tz) -> Self {
        Self {
            payment_method: words::method(Face::Payments, made.method()),
            payment_channel: words::channel(made.channel()),
            status: words::state_001(made.status()),
            payment_id: made.payment_no.clone(),
            payment_no: made.payment_no,
            order_id: made.order_id,
            order_no: made.order_no,
            user_id: made.user_id,
            amount: amount(made.amount_minor),
            currency: made.currency,
            subject: made.subject,
            create_time: times::local(made.created_at, zone),
            expire_time: times::local(made.expires_at, zone),
            payment_info: made.handout.map(PaymentInfo::from),
        }
    }
}

impl Payment {
    /// Prints a payment.
    pub(crate) fn of(found: payment::Payment, zone: Tz) -> Self {
        Self {
            actual_amount: came(&found),
            payment_method: words::method(Face::Payments, found.method()),
            payment_channel: words::channel(found.channel()),
            status: words::state_001(found.status()),
            payment_id: found.payment_no.clone(),
            payment_no: found.payment_no,
            order_id: found.order_id,
            order_no: found.order_no,
            amount: amount(found.amount_minor),
            third_party_transaction_id: text(found.transaction_id),
            paid_time: times::local(found.paid_at, zone),
            create_time: times::local(found.created_at, zone),
            update_time: times::local(found.updated_at, zone),
            refunded_amount: (found.refunded_minor != 0).then(|| amount(found.refunded_minor)),
            payment_info: found.handout.map(PaymentInfo::from),
        }
    }
}

impl Row {
    /// Prints a payment in a list.
    pub(crate) fn of(found: payment::Payment, zone: Tz) -> Self {
        Self {
            actual_amount: came(&found),
            payment_method: words::method(Face::Payments, found.method()),
            payment_channel: words::channel(found.channel()),
            status: words::state_001(found.status()),
            payment_id: found.payment_no.clone(),
            payment_no: found.payment_no,
            order_id: found.order_id,
            order_no: found.order_no,
            user_id: found.user_id,
            amount: amount(found.amount_minor),
            refunded_amount: amount(found.refunded_minor),
            currency: found.currency,
            subject: found.subject,
            third_party_transaction_id: text(found.transaction_id),
            paid_time: times::local(found.paid_at, zone),
            create_time: times::local(found.created_at, zone),
            update_time: times::local(found.updated_at, zone),
            expire_time: times::local(found.expires_at, zone),
        }
    }
}

fn came(payment: &payment::Payment) -> Option<Minor> {
    payment.paid_at.map(|_| amount(payment.paid_minor))
}

/// Who asks for a payment (001-E02).
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct Asker {
    /// Whose payment it must be; the token's user, unless an operator asks.
    #[serde(default, deserialize_with = "values::given_id")]
    #[param(value_type = Option<i64>)]
    pub(crate) user_id: Option<i64>,
}

/// Gives a payment up (001-E03).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Cancel {
    #[serde(deserialize_with = "values::id")]
    #[schema(example = 12_345)]
    pub(crate) user_id: i64,
    #[schema(min_length = 1, max_length = 1000, example = "用户主动取消")]
    pub(crate) cancel_reason: String,
    pub(crate) operator_type: CancelOperator,
}

/// Who gives a payment up.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum CancelOperator {
    User,
    /// For holders of `payment:write`.
    System,
    /// For holders of `payment:write`.
    Admin,
}

/// What is wanted of payments (001-E06).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PaymentsQuery {
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
    #[serde(default, deserialize_with = "values::given_id")]
    #[schema(value_type = Option<i64>)]
    order_id: Option<i64>,
    #[serde(default, deserialize_with = "given_text_number")]
    #[schema(value_type = Option<String>)]
    payment_no: Option<String>,
    #[serde(default)]
    status: Option<State>,
    #[serde(default, deserialize_with = "words::given_method")]
    #[schema(value_type = Option<String>, example = "alipay")]
    payment_method: Option<Method>,
    #[serde(default, deserialize_with = "words::given_channel")]
    #[schema(value_type = Option<String>, example = "app")]
    payment_channel: Option<Channel>,
    /// Local time, or with an offset, or a day; inclusive.
    #[serde(default, deserialize_with = "times::given_moment")]
    #[schema(value_type = Option<String>, example = "2024-01-01T00:00:00")]
    start_time: Option<Moment>,
    /// As `startTime`; inclusive.
    #[serde(default, deserialize_with = "times::given_moment")]
    #[schema(value_type = Option<String>, example = "2024-01-31T23:59:59")]
    end_time: Option<Moment>,
    #[serde(default, deserialize_with = "values::given_amount")]
    #[schema(schema_with = amount_input_schema, required = false)]
    min_amount: Option<Minor>,
    #[serde(default, deserialize_with = "values::given_positive")]
    #[schema(schema_with = amount_input_schema, required = false)]
    max_amount: Option<Minor>,
    #[serde(default)]
    order_by: PaymentsOrder,
    /// `ASC` or `DESC`, in any case.
    #[serde(default, rename = "orderDirection", deserialize_with = "paging::is_ascending")]
    #[schema(rename = "orderDirection", value_type = Option<String>, default = "DESC")]
    is_ascending: bool,
}

/// The states of a payment.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    Pending,
    Success,
    Failed,
    Cancelled,
    Refunded,
}

/// By what payments are ordered.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PaymentsOrder {
    #[default]
    CreateTime,
    Amount,
}

impl State {
    /// Gives the states of the core that are shown as this one (checklist 6.2).
    fn all(self) -> Vec<i32> {
        let all: &[PaymentStatus] = match self {
            Self::Pending => &[PaymentStatus::Pending, PaymentStatus::Processing],
            Self::Success => {
                &[PaymentStatus::Success, PaymentStatus::Refunding, PaymentStatus::PartiallyRefunded]
            }
            Self::Failed => &[PaymentStatus::Failed],
            Self::Cancelled => &[PaymentStatus::Cancelled],
            Self::Refunded => &[PaymentStatus::Refunded],
        };
        all.iter().map(|status| (*status).into()).collect()
    }
}

impl PaymentsQuery {
    /// Asks the payment service for the page.
    ///
    /// *Errors*: validation, when a range ends before it begins.
    pub(crate) fn request(self, zone: Tz) -> Result<payment::ListPaymentsRequest, Fault> {
        let (from, to) = paging::period(self.start_time, self.end_time, zone)?;
        let (min, max) = (self.min_amount.map_or(0, Minor::get), self.max_amount.map_or(0, Minor::get));
        if max != 0 && max < min {
            return Err(Face::Payments.wrong_value("maxAmount", "must not be less than minAmount"));
        }
        let order = match self.order_by {
            PaymentsOrder::CreateTime => payment::PaymentOrder::CreateTime,
            PaymentsOrder::Amount => payment::PaymentOrder::Amount,
        };
        Ok(payment::ListPaymentsRequest {
            page: Some(Request { number: self.page_num, size: self.page_size }),
            user_id: self.user_id.unwrap_or_default(),
            order_id: self.order_id.unwrap_or_default(),
            order_no: String::new(),
            payment_no: self.payment_no.unwrap_or_default(),
            statuses: self.status.map(State::all).unwrap_or_default(),
            methods: self.payment_method.map(i32::from).into_iter().collect(),
            channels: self.payment_channel.map(i32::from).into_iter().collect(),
            from,
            to,
            amount_minor_min: min,
            amount_minor_max: max,
            order: order.into(),
            ascending: self.is_ascending,
        })
    }
}
