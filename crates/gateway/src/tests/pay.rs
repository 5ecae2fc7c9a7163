//! Orders, payments and refunds for tests, with the values of the documents.

use prost_types::Timestamp;
use proto::{
    bill::v1::{self as bill, OrderKind, OrderStatus},
    payment::v1::{
        self as payment, Channel, Handout, Method, OperatorType, PaymentStatus, RefundStatus, RefundType,
    },
};

use super::stage::Stage;

pub(crate) const ENSURE: &str = "bill.v1.OrderService/EnsureExternalOrder";
pub(crate) const ORDER: &str = "bill.v1.OrderService/CreateOrder";
pub(crate) const GET_ORDER: &str = "bill.v1.OrderService/GetOrder";
pub(crate) const PRODUCTS: &str = "bill.v1.OrderService/ListProducts";
pub(crate) const CREATE: &str = "payment.v1.PaymentService/CreatePayment";
pub(crate) const GET: &str = "payment.v1.PaymentService/GetPayment";
pub(crate) const CANCEL: &str = "payment.v1.PaymentService/CancelPayment";
pub(crate) const CANCEL_ORDER: &str = "payment.v1.PaymentService/CancelOrder";
pub(crate) const LIST: &str = "payment.v1.PaymentService/ListPayments";
pub(crate) const REFUND: &str = "payment.v1.PaymentService/CreateRefund";
pub(crate) const GET_REFUND: &str = "payment.v1.PaymentService/GetRefund";
pub(crate) const LIST_REFUNDS: &str = "payment.v1.PaymentService/ListRefunds";
pub(crate) const CALLBACK: &str = "payment.v1.PaymentService/HandleCallback";

/// So many minutes after 2024-01-16T10:30:00 in Shanghai.
pub(crate) const fn minute(minutes: i64) -> Timestamp {
    Timestamp { seconds: 1_705_372_200 + minutes * 60, nanos: 900_000_000 }
}

/// The order of document 001.
pub(crate) fn order() -> bill::Order {
    bill::Order {
        id: 987_654,
        order_no: "ORD202401160001".to_owned(),
        kind: OrderKind::External.into(),
        user_id: 1,
        amount_minor: 23_700,
        currency: "CNY".to_owned(),
        subject: "购买Java编程教程".to_owned(),
        status: OrderStatus::Pending.into(),
        created_at: Some(minute(0)),
        expires_at: Some(minute(30)),
        ..bill::Order::default()
    }
}

/// The payment of 001-E01.
pub(crate) fn opened() -> payment::Payment {
    payment::Payment {
        id: 77,
        payment_no: "PAY202401160001".to_owned(),
        order_id: 987_654,
        order_no: "ORD202401160001".to_owned(),
        user_id: 1,
        amount_minor: 23_700,
        currency: "CNY".to_owned(),
        method: Method::Alipay.into(),
        channel: Channel::App.into(),
        status: PaymentStatus::Processing.into(),
        subject: "购买Java编程教程".to_owned(),
        handout: Some(Handout {
            qr_code: "https://qr.alipay.com/bax08888".to_owned(),
            payment_url: "https://openapi.alipay.com/gateway.do?x=1".to_owned(),
            order_string: "alipay_sdk=a&charset=utf8".to_owned(),
            expires_at: Some(minute(15)),
            app_id: "2021000000000000".to_owned(),
            partner_id: "2088000000000000".to_owned(),
            ..Handout::default()
        }),
        created_at: Some(minute(0)),
        updated_at: Some(minute(0)),
        expires_at: Some(minute(30)),
        version: 2,
        ..payment::Payment::default()
    }
}

/// The payment of 001-E02.
pub(crate) fn paid() -> payment::Payment {
    payment::Payment {
        status: PaymentStatus::Success.into(),
        handout: None,
        paid_minor: 23_700,
        transaction_id: "2024011622001465731234567890".to_owned(),
        paid_at: Some(minute(15)),
        updated_at: Some(minute(15)),
        ..opened()
    }
}

/// The refund of 001-E07.
pub(crate) fn refund() -> payment::Refund {
    payment::Refund {
        id: 88,
        refund_no: "REF202401160001".to_owned(),
        payment_id: 77,
        payment_no: "PAY202401160001".to_owned(),
        order_id: 987_654,
        order_no: "ORD202401160001".to_owned(),
        user_id: 1,
        amount_minor: 8_900,
        currency: "CNY".to_owned(),
        r#type: RefundType::Partial.into(),
        status: RefundStatus::Processing.into(),
        reason: "商品质量问题".to_owned(),
        operator_id: 9,
        operator_type: OperatorType::Merchant.into(),
        created_at: Some(minute(210)),
        updated_at: Some(minute(210)),
        ..payment::Refund::default()
    }
}

/// Lets orders and payments be made.
pub(crate) fn teach(stage: &Stage) {
    stage.fakes.on(ENSURE, |_: bill::EnsureExternalOrderRequest| {
        Ok(bill::EnsureExternalOrderResponse { order: Some(order()), is_new: true })
    });
    stage
        .fakes
        .on(ORDER, |_: bill::CreateOrderRequest| Ok(bill::CreateOrderResponse { order: Some(order()) }));
    stage.fakes.on(CREATE, |_: payment::CreatePaymentRequest| {
        Ok(payment::CreatePaymentResponse { payment: Some(opened()), is_new: true })
    });
}

/// Answers every question about a payment with this one.
pub(crate) fn teach_payment(stage: &Stage, found: payment::Payment, is_cached: bool) {
    stage.fakes.on(GET, move |_: payment::GetPaymentRequest| {
        Ok(payment::GetPaymentResponse { payment: Some(found.clone()), is_cached })
    });
}
