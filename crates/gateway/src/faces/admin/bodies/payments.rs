//! What is read and printed of payments (002-E01 to E09, 002-M01).

use chrono::SecondsFormat;
use fault::Fault;
use money::Minor;
use prost_types::Timestamp;
use proto::{bill::v1 as bill, page::v1::Request, payment::v1 as payment};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    extract::{text_number, values},
    faces::{
        Face,
        admin::names,
        shapes::{amount, amount_input_schema, amount_schema, client_address, instant, text},
        words,
    },
};

/// A payment is made unpaid.
const TO_PAY: u8 = 0;

/// Which payments are wanted (002-E01).
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PaymentsQuery {
    /// Page, from 1.
    #[serde(default = "values::first_page", deserialize_with = "values::page_number")]
    #[param(minimum = 1, default = 1, value_type = Option<i32>)]
    page: i32,
    /// Rows on a page, 1 to 100.
    #[serde(default = "values::usual_page_size", deserialize_with = "values::page_size")]
    #[param(minimum = 1, maximum = 100, default = 10, value_type = Option<i32>)]
    size: i32,
    /// Whose; everybody's when missing.
    #[serde(default, deserialize_with = "values::given_id")]
    user_id: Option<i64>,
    /// 0 to pay, 1 success, 2 failed, 3 closed, 4 refunded, 5 partly refunded; no payment has 6 to 9.
    #[serde(default, deserialize_with = "values::given_digit")]
    #[param(minimum = 0, maximum = 9)]
    status: Option<u8>,
    /// 0 any, 1 `ALIPAY_PC`, 2 `ALIPAY_WAP`, 3 `ALIPAY_APP`, 4 `ALIPAY_QR`, 5 `WECHAT_NATIVE`, 6 `WECHAT_H5`,
    /// 7 `WECHAT_APP`, 8 `UNION`, 9 `BALANCE`.
    #[serde(default, deserialize_with = "values::given_digit")]
    #[param(minimum = 0, maximum = 9)]
    channel: Option<u8>,
}

impl PaymentsQuery {
    /// Asks the payment service for the page; none when no payment can have the wanted status.
    pub(crate) fn request(&self) -> Option<payment::ListPaymentsRequest> {
        let statuses = match self.status {
            Some(number) => names::statuses_of(number)?,
            None => Vec::new(),
        };
        let (method, channel) = self.channel.and_then(words::of_number).unzip();
        let channel = channel.filter(|channel| *channel != payment::Channel::Unspecified);
        Some(payment::ListPaymentsRequest {
            page: Some(self.page()),
            user_id: self.user_id.unwrap_or_default(),
            statuses: statuses.into_iter().map(Into::into).collect(),
            methods: method.into_iter().map(Into::into).collect(),
            channels: channel.into_iter().map(Into::into).collect(),
            ..payment::ListPaymentsRequest::default()
        })
    }

    /// Gives the place of the page.
    pub(crate) const fn page(&self) -> Request {
        Request { number: self.page, size: self.size }
    }
}

/// A payment to be made (002-E04): the fields of a `PaymentDTO` that a caller may set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewPayment {
    /// The caller's number of the order.
    #[serde(default, deserialize_with = "values::given_id")]
    pub(crate) order_id: Option<i64>,
    /// An order that nobody knows is made, in the name of the caller.
    #[serde(deserialize_with = "text_number")]
    #[schema(min_length = 6, max_length = 32, example = "ORD20250115001")]
    pub(crate) order_no: String,
    /// The owner of the order; the caller when missing.
    #[serde(default, deserialize_with = "values::given_id")]
    pub(crate) user_id: Option<i64>,
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    pub(crate) amount: Minor,
    /// `CNY` when missing.
    #[serde(default)]
    #[schema(example = "CNY")]
    pub(crate) currency: Option<String>,
    /// `ALIPAY`, `WECHAT`, `UNION` or `BALANCE`.
    #[serde(deserialize_with = "words::method_word")]
    #[schema(value_type = String, example = "ALIPAY")]
    payment_method: payment::Method,
    /// One of the method's; its usual one when missing.
    #[serde(default, deserialize_with = "names::given_channel")]
    #[schema(value_type = Option<String>, example = "ALIPAY_PC")]
    payment_channel: Option<(payment::Method, payment::Channel)>,
    /// Only 0.
    #[serde(default, deserialize_with = "values::given_digit")]
    #[schema(example = 0)]
    status: Option<u8>,
}

impl NewPayment {
    /// Refuses what does not fit together.
    ///
    /// *Errors*: validation, for a channel of another method, or a status other than 0.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.status.is_some_and(|status| status != TO_PAY) {
            return Err(Fault::validation("status", "must be 0: a payment is made unpaid"));
        }
        if self.payment_channel.is_some_and(|(method, _)| method != self.payment_method) {
            return Err(Fault::validation("paymentChannel", "must be a channel of the paymentMethod"));
        }
        Ok(())
    }

    /// Gives the channel: the usual one of the method where none is named, or the name stands for all of them.
    fn channel(&self) -> payment::Channel {
        match self.payment_channel {
            Some((_, channel)) if channel != payment::Channel::Unspecified => channel,
            _ if self.payment_method == payment::Method::Wechat => payment::Channel::Qr,
            _ => payment::Channel::Web,
        }
    }

    /// Asks the payment service to make it.
    pub(crate) fn request(self, order: &bill::Order) -> payment::CreatePaymentRequest {
        payment::CreatePaymentRequest {
            order_id: order.id,
            method: self.payment_method.into(),
            channel: self.channel().into(),
            expected_amount_minor: self.amount.get(),
            client_ip: client_address(),
            currency: self.currency.unwrap_or_default(),
            ..payment::CreatePaymentRequest::default()
        }
    }
}

/// A payment (002-M01). What follows `createdAt` is left out when it says nothing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PaymentDTO)]
pub(crate) struct PaymentDto {
    #[schema(example = 1)]
    id: i64,
    #[schema(example = 1)]
    order_id: i64,
    #[schema(example = "ORD20250115001")]
    order_no: String,
    #[schema(example = 1)]
    user_id: i64,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(example = "CNY")]
    currency: String,
    /// `ALIPAY`, `WECHAT`, `UNION` or `BALANCE`.
    #[schema(example = "ALIPAY")]
    payment_method: &'static str,
    #[schema(example = "ALIPAY_PC")]
    payment_channel: &'static str,
    /// 0 to pay, 1 success, 2 failed, 3 closed, 4 refunded, 5 partly refunded.
    #[schema(example = 1)]
    status: u8,
    /// The provider's number; null while there is none.
    #[schema(example = "2025011522001400001")]
    transaction_id: Option<String>,
    /// Null while nothing was paid.
    #[schema(example = "2025-01-15T10:00:00Z")]
    paid_at: Option<String>,
    #[schema(example = "2025-01-15T09:50:00Z")]
    created_at: Option<String>,
    /// What went back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = amount_schema)]
    refunded_amount: Option<Minor>,
    /// Why it failed or was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
    /// Why nothing is credited or refunded: the payment is in the exception list.
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_reason: Option<String>,
}

impl From<payment::Payment> for PaymentDto {
    fn from(payment: payment::Payment) -> Self {
        Self {
            id: payment.id,
            order_id: payment.order_id,
            user_id: payment.user_id,
            amount: amount(payment.amount_minor),
            payment_method: words::method(Face::Admin, payment.method()),
            payment_channel: names::channel(payment.method(), payment.channel()),
            status: words::state_002(payment.status()),
            transaction_id: text(payment.transaction_id),
            paid_at: printed(payment.paid_at),
            created_at: printed(payment.created_at),
            refunded_amount: (payment.refunded_minor != 0).then(|| amount(payment.refunded_minor)),
            fail_reason: text(payment.close_reason),
            remark: text(payment.remark),
            frozen_reason: text(payment.frozen_reason),
            order_no: payment.order_no,
            currency: payment.currency,
        }
    }
}

/// A remark on a payment (002-E05).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remark {
    #[schema(max_length = 1000)]
    pub(crate) remark: String,
}

/// Why a payment failed (002-E08).
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Failure {
    #[serde(default)]
    #[param(max_length = 1000)]
    pub(crate) fail_reason: Option<String>,
}

/// What is to go back (002-E09).
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewRefund {
    #[serde(deserialize_with = "values::positive_of_text")]
    #[param(schema_with = amount_input_schema)]
    pub(crate) refund_amount: Minor,
    #[serde(default)]
    #[param(max_length = 256, example = "用户申请退款")]
    pub(crate) refund_reason: Option<String>,
}

/// Prints an instant as `2025-01-15T10:00:00Z`.
fn printed(at: Option<Timestamp>) -> Option<String> {
    Some(instant(at)?.to_rfc3339_opts(SecondsFormat::Secs, true))
}
