//! Bodies of paying a bill's share through the platform (contract section 11).
//!
//! No `Debug` where a payment password is.

use money::Minor;
use proto::{
    bill::v1::{self as bill, create_order_request::What},
    payment::v1 as payment,
};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;

use super::shapes::{amount, amount_schema, given_instant, instant, text};
use crate::{
    extract::values,
    faces::{Face, shapes::client_address, words},
};

/// How a share of a bill is paid (contract section 11).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayShare {
    #[serde(deserialize_with = "values::id")]
    #[schema(example = 1)]
    split_id: i64,
    /// `alipay`, `wechat`, `bank` or `balance`.
    #[serde(deserialize_with = "method")]
    #[schema(value_type = String, example = "alipay")]
    payment_method: payment::Method,
    /// `app`, `web`, `h5` or `qr`; the usual one of the method when missing.
    #[serde(default, deserialize_with = "words::given_channel")]
    #[schema(value_type = Option<String>, example = "qr")]
    payment_channel: Option<payment::Channel>,
    /// For `balance` above the small-payment limit; encrypted with the key of
    /// `/api/v1/payments/wallet/public-key`, base64.
    #[serde(default)]
    payment_password: Option<String>,
}

impl PayShare {
    /// Asks the bill service for the order of the share.
    pub(crate) const fn order(&self, bill_id: i64) -> bill::CreateOrderRequest {
        let share = bill::ShareOrder { bill_id, split_id: self.split_id };
        bill::CreateOrderRequest { what: Some(What::BillShare(share)), expected_amount_minor: 0 }
    }

    /// Asks the payment service to begin to pay the order.
    pub(crate) fn payment(self, order: &bill::Order) -> payment::CreatePaymentRequest {
        let usual = match self.payment_method {
            payment::Method::Alipay | payment::Method::Wechat => payment::Channel::Qr,
            _ => payment::Channel::Web,
        };
        payment::CreatePaymentRequest {
            order_id: order.id,
            method: self.payment_method.into(),
            channel: self.payment_channel.unwrap_or(usual).into(),
            expected_amount_minor: order.amount_minor,
            client_ip: client_address(),
            payment_password: self.payment_password.unwrap_or_default(),
            ..payment::CreatePaymentRequest::default()
        }
    }
}

fn method<'de, D: Deserializer<'de>>(reader: D) -> Result<payment::Method, D::Error> {
    let word = String::deserialize(reader)?;
    words::method_of(Face::Payments, &word)
        .ok_or_else(|| D::Error::custom(format!("must be one of {}", words::methods(Face::Payments))))
}

/// A share's order and the payment that was begun for it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SharePayment {
    order: ShareOrder,
    payment: OnlinePayment,
}

impl SharePayment {
    /// Prints both.
    pub(crate) fn of(order: bill::Order, payment: payment::Payment) -> Self {
        Self { order: order.into(), payment: payment.into() }
    }
}

/// The order of a bill's share.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShareOrder {
    #[schema(example = 1)]
    id: i64,
    order_no: String,
    bill_id: i64,
    split_id: i64,
    room_id: i64,
    subject: String,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(example = "CNY")]
    currency: String,
    /// `pending`, `paid`, `completed`, `cancelled` or `refunded`.
    #[schema(example = "pending")]
    status: &'static str,
    created_at: String,
    /// May be paid until then.
    expires_at: String,
}

impl From<bill::Order> for ShareOrder {
    fn from(order: bill::Order) -> Self {
        Self {
            status: words::order_state(Face::Dorm, order.status()),
            id: order.id,
            order_no: order.order_no,
            bill_id: order.bill_id,
            split_id: order.split_id,
            room_id: order.room_id,
            subject: order.subject,
            amount: amount(order.amount_minor),
            currency: order.currency,
            created_at: instant(order.created_at),
            expires_at: instant(order.expires_at),
        }
    }
}

/// A payment through the platform. What says nothing is left out.
#[derive(Serialize, ToSchema)]
pub(crate) struct OnlinePayment {
    #[schema(example = 1)]
    id: i64,
    payment_no: String,
    order_id: i64,
    order_no: String,
    user_id: i64,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(example = "CNY")]
    currency: String,
    /// `alipay`, `wechat`, `bank` or `balance`.
    #[schema(example = "alipay")]
    payment_method: &'static str,
    /// `app`, `web`, `h5` or `qr`.
    #[schema(example = "qr")]
    payment_channel: &'static str,
    /// `pending`, `processing`, `success`, `failed`, `cancelled`, `refunding`, `partially_refunded` or `refunded`.
    #[schema(example = "processing")]
    status: &'static str,
    /// The text of a code to scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://qr.alipay.com/bax03431ljhokirwl38f00a7")]
    qr_code: Option<String>,
    /// Until when the code can be scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    qr_code_expires_at: Option<String>,
    /// An address for the payer's browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_url: Option<String>,
    /// A page that posts itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_form: Option<String>,
    /// For the provider's program.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_string: Option<String>,
    /// The provider's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    /// What went back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = amount_schema)]
    refunded_amount: Option<Minor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    created_at: String,
    expires_at: String,
}

impl From<payment::Payment> for OnlinePayment {
    fn from(paid: payment::Payment) -> Self {
        let (method, channel, status) = (paid.method(), paid.channel(), paid.status());
        let handout = paid.handout.unwrap_or_default();
        let qr_code = text(handout.qr_code);
        Self {
            id: paid.id,
            payment_no: paid.payment_no,
            order_id: paid.order_id,
            order_no: paid.order_no,
            user_id: paid.user_id,
            amount: amount(paid.amount_minor),
            currency: paid.currency,
            payment_method: words::method(Face::Payments, method),
            payment_channel: words::channel(channel),
            status: state(status),
            qr_code_expires_at: qr_code.as_ref().and_then(|_| given_instant(handout.expires_at)),
            qr_code,
            payment_url: text(handout.payment_url),
            payment_form: text(handout.payment_form),
            order_string: text(handout.order_string),
            transaction_id: text(paid.transaction_id),
            refunded_amount: (paid.refunded_minor != 0).then(|| amount(paid.refunded_minor)),
            paid_at: given_instant(paid.paid_at),
            created_at: instant(paid.created_at),
            expires_at: instant(paid.expires_at),
        }
    }
}

/// The canonical words (contract section 5): document 000 has none for payments through the platform.
const fn state(status: payment::PaymentStatus) -> &'static str {
    use payment::PaymentStatus as S;
    match status {
        S::Unspecified | S::Pending => "pending",
        S::Processing => "processing",
        S::Success => "success",
        S::Failed => "failed",
        S::Cancelled => "cancelled",
        S::Refunding => "refunding",
        S::PartiallyRefunded => "partially_refunded",
        S::Refunded => "refunded",
    }
}
