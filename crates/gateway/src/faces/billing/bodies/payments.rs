//! Bodies of payments (004-E01 to E05).
//!
//! No `Debug` where a payment password is.

use money::Minor;
use proto::{page::v1::Request, payment::v1 as payment};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    extract::{text_number, values},
    faces::{
        Face,
        billing::names::{self, printed},
        shapes::{amount, amount_input_schema, amount_schema, client_address, text},
        words,
    },
};

/// A payment of an order (004-E01).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewPayment {
    #[serde(deserialize_with = "values::id")]
    order_id: i64,
    /// `wechat`, `alipay` or `balance`.
    #[serde(deserialize_with = "words::method_word")]
    #[schema(value_type = String, example = "wechat")]
    method: payment::Method,
    /// The order's.
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Minor,
    /// `qr`: a code to scan, `h5`: a page on the phone.
    #[serde(default = "names::usual_channel", deserialize_with = "names::channel")]
    #[schema(value_type = Option<String>, default = "qr")]
    channel: payment::Channel,
    /// For `balance` above the small-payment limit; encrypted with the key of
    /// `/api/v1/payments/wallet/public-key`, base64.
    #[serde(default)]
    payment_password: Option<String>,
}

impl NewPayment {
    /// Asks the payment service to make it.
    pub(crate) fn request(self) -> payment::CreatePaymentRequest {
        // A balance leads nowhere.
        let is_led = self.method != payment::Method::Balance;
        let channel = if is_led { self.channel } else { payment::Channel::Unspecified };
        payment::CreatePaymentRequest {
            order_id: self.order_id,
            method: self.method.into(),
            channel: channel.into(),
            expected_amount_minor: self.amount.get(),
            client_ip: client_address(),
            payment_password: self.payment_password.unwrap_or_default(),
            ..payment::CreatePaymentRequest::default()
        }
    }
}

/// Which payments are wanted (004-E02).
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
    limit: i32,
    #[serde(default, deserialize_with = "values::given_id")]
    order_id: Option<i64>,
    /// `wechat`, `alipay` or `balance`.
    #[serde(default, deserialize_with = "words::given_method")]
    #[param(value_type = Option<String>)]
    method: Option<payment::Method>,
    /// `pending`, `processing`, `success`, `failed`, `refunding`, `refunded` or `cancelled`.
    #[serde(default, deserialize_with = "names::given_statuses")]
    #[param(value_type = Option<String>)]
    status: Vec<payment::PaymentStatus>,
}

impl PaymentsQuery {
    /// Asks the payment service for the page.
    pub(crate) fn request(&self) -> payment::ListPaymentsRequest {
        payment::ListPaymentsRequest {
            page: Some(Request { number: self.page, size: self.limit }),
            order_id: self.order_id.unwrap_or_default(),
            methods: self.method.into_iter().map(Into::into).collect(),
            statuses: self.status.iter().map(|status| (*status).into()).collect(),
            ..payment::ListPaymentsRequest::default()
        }
    }
}

/// Which payment is asked about (004-E04).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PaymentQuestion {
    #[serde(deserialize_with = "text_number")]
    #[schema(example = "PAY20250120103000A1B2C3")]
    pub(crate) payment_no: String,
}

/// What is to go back (004-E05).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRefund {
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Minor,
    #[schema(min_length = 1, max_length = 256)]
    reason: String,
}

impl NewRefund {
    /// Asks the payment service for the refund.
    pub(crate) fn request(self, payment_id: i64) -> payment::CreateRefundRequest {
        payment::CreateRefundRequest {
            payment_id,
            amount_minor: self.amount.get(),
            reason: self.reason,
            ..payment::CreateRefundRequest::default()
        }
    }
}

/// A payment (004-M01).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Payment {
    #[schema(example = 1)]
    id: i64,
    #[schema(example = "PAY20250120103000A1B2C3")]
    payment_no: String,
    order_id: i64,
    order_no: String,
    user_id: i64,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(example = "CNY")]
    currency: String,
    #[schema(example = "wechat")]
    method: &'static str,
    /// `pending`, `processing`, `success`, `failed`, `refunding`, `refunded` or `cancelled`.
    #[schema(example = "processing")]
    status: &'static str,
    /// What the payer opens, or scans as a code; null when there is nothing to pay.
    #[schema(example = "weixin://wxpay/bizpayurl?pr=p4lpSuKzz")]
    payment_url: Option<String>,
    /// The text of a code to scan.
    qr_code: Option<String>,
    /// The provider's number.
    transaction_id: Option<String>,
    /// What went back.
    #[schema(schema_with = amount_schema)]
    refunded_amount: Minor,
    /// Why it failed or was cancelled.
    fail_reason: Option<String>,
    paid_at: Option<String>,
    #[schema(example = "2025-01-20T10:15:00.000Z")]
    expires_at: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

impl From<payment::Payment> for Payment {
    fn from(payment: payment::Payment) -> Self {
        let (method, status) = (payment.method(), payment.status());
        let handout = payment.handout.unwrap_or_default();
        let qr_code = text(handout.qr_code);
        Self {
            id: payment.id,
            payment_no: payment.payment_no,
            order_id: payment.order_id,
            order_no: payment.order_no,
            user_id: payment.user_id,
            amount: amount(payment.amount_minor),
            currency: payment.currency,
            method: words::method(Face::Billing, method),
            status: words::state_004(status),
            payment_url: qr_code.clone().or_else(|| text(handout.payment_url)),
            qr_code,
            transaction_id: text(payment.transaction_id),
            refunded_amount: amount(payment.refunded_minor),
            fail_reason: text(payment.close_reason),
            paid_at: printed(payment.paid_at),
            expires_at: printed(payment.expires_at),
            created_at: printed(payment.created_at),
            updated_at: printed(payment.updated_at),
        }
    }
}
