//! Orders and payments as their services tell of them, for the tests of all faces of payments.

use prost_types::Timestamp;
use proto::{bill::v1 as bill, payment::v1 as payment};

pub(crate) use super::pay::{CREATE, ENSURE, GET, GET_ORDER, LIST, ORDER as CREATE_ORDER, REFUND};

pub(crate) const OF_ORDER: &str = "payment.v1.PaymentService/GetPaymentOfOrder";
pub(crate) const QUERY: &str = "payment.v1.PaymentService/QueryPayment";

/// A moment of 2025-01-15, UTC.
#[expect(clippy::unnecessary_wraps, reason = "a message field is optional on the wire")]
pub(crate) const fn at(hour: i64, minute: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds: 1_736_899_200 + hour * 3_600 + minute * 60, nanos: 0 })
}

/// An order of an outside business over 99.99.
pub(crate) fn order() -> bill::Order {
    bill::Order {
        id: 1,
        order_no: "ORD20250115001".to_owned(),
        kind: bill::OrderKind::External.into(),
        user_id: 1,
        amount_minor: 9_999,
        currency: "CNY".to_owned(),
        subject: "商品名称".to_owned(),
        status: bill::OrderStatus::Pending.into(),
        created_at: at(9, 50),
        expires_at: at(10, 20),
        version: 1,
        ..bill::Order::default()
    }
}

/// The payment of document 002: 99.99 through Alipay on a computer, paid.
pub(crate) fn paid() -> payment::Payment {
    payment::Payment {
        id: 1,
        payment_no: "PAY20250115175000ABC123".to_owned(),
        order_id: 1,
        order_no: "ORD20250115001".to_owned(),
        user_id: 1,
        amount_minor: 9_999,
        currency: "CNY".to_owned(),
        method: payment::Method::Alipay.into(),
        channel: payment::Channel::Web.into(),
        status: payment::PaymentStatus::Success.into(),
        subject: "商品名称".to_owned(),
        transaction_id: "2025011522001400001".to_owned(),
        paid_minor: 9_999,
        paid_at: at(10, 0),
        created_at: at(9, 50),
        updated_at: at(10, 0),
        expires_at: at(10, 5),
        version: 3,
        ..payment::Payment::default()
    }
}

/// The same while it can be paid.
pub(crate) fn open() -> payment::Payment {
    payment::Payment {
        status: payment::PaymentStatus::Processing.into(),
        handout: Some(payment::Handout {
            payment_url: "https://openapi.alipay.com/gateway.do?x=1".to_owned(),
            payment_form: "<form>...</form>".to_owned(),
            expires_at: at(10, 5),
            ..payment::Handout::default()
        }),
        transaction_id: String::new(),
        paid_minor: 0,
        paid_at: None,
        updated_at: at(9, 50),
        ..paid()
    }
}

/// The same in another state.
pub(crate) fn in_state(status: payment::PaymentStatus) -> payment::Payment {
    payment::Payment { status: status.into(), ..paid() }
}

/// A refund of 30.00 of it.
pub(crate) fn refund(status: payment::RefundStatus) -> payment::Refund {
    payment::Refund {
        id: 5,
        refund_no: "REF20250115190000ABC123".to_owned(),
        payment_id: 1,
        payment_no: paid().payment_no,
        order_id: 1,
        order_no: paid().order_no,
        user_id: 1,
        amount_minor: 3_000,
        currency: "CNY".to_owned(),
        status: status.into(),
        reason: "不想要了".to_owned(),
        operator_id: 1,
        created_at: at(11, 0),
        updated_at: at(11, 0),
        ..payment::Refund::default()
    }
}

/// State → its number in document 002 and its word in document 004 (checklist 6.2).
pub(crate) const STATES: [(payment::PaymentStatus, u8, &str); 8] = [
    (payment::PaymentStatus::Pending, 0, "pending"),
    (payment::PaymentStatus::Processing, 0, "processing"),
    (payment::PaymentStatus::Success, 1, "success"),
    (payment::PaymentStatus::Refunding, 1, "refunding"),
    (payment::PaymentStatus::Failed, 2, "failed"),
    (payment::PaymentStatus::Cancelled, 3, "cancelled"),
    (payment::PaymentStatus::Refunded, 4, "refunded"),
    (payment::PaymentStatus::PartiallyRefunded, 5, "success"),
];
