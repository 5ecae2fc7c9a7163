//! What is told of orders, payments, refunds and wallets (000-V06, 003-W01, contract section 10).
//!
//! All of it goes to one user alone. Names are those of document 003, with a payment's number beside the order's.

use money::Minor;
use proto::{
    bill::v1 as bill,
    event::v1 as news,
    payment::v1::{self as payment, RefundType},
};
use serde::Serialize;

use crate::faces::{Face, dorm::bodies::shapes::instant, words};

/// The asset that is counted whole.
const POINTS: &str = "POINTS";

#[derive(Serialize)]
pub(super) struct WalletChanged {
    user_id: i64,
    total_balance: Figure,
    available_balance: Figure,
    frozen_balance: Figure,
    currency: String,
    version: i64,
}

/// What there is of an asset: points are whole, currencies have two decimals.
#[derive(Serialize)]
#[serde(untagged)]
enum Figure {
    Points(i64),
    Money(Minor),
}

impl From<news::WalletChanged> for WalletChanged {
    fn from(wallet: news::WalletChanged) -> Self {
        let is_points = wallet.currency == POINTS;
        let figure = |units| if is_points { Figure::Points(units) } else { Figure::Money(Minor::new(units)) };
        Self {
            user_id: wallet.user_id,
            total_balance: figure(wallet.balance_minor),
            available_balance: figure(wallet.available_minor),
            frozen_balance: figure(wallet.held_minor),
            currency: wallet.currency,
            version: wallet.version,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Order {
    order_id: i64,
    order_no: String,
    status: &'static str,
    amount: Minor,
    refunded_amount: Minor,
    currency: String,
    subject: String,
    payment_time: Option<String>,
    expire_at: String,
    version: i32,
}

impl From<bill::Order> for Order {
    fn from(order: bill::Order) -> Self {
        Self {
            status: words::order_state(Face::Billing, order.status()),
            order_id: order.id,
            order_no: order.order_no,
            amount: Minor::new(order.amount_minor),
            refunded_amount: Minor::new(order.refunded_minor),
            currency: order.currency,
            subject: order.subject,
            payment_time: order.paid_at.map(|at| instant(Some(at))),
            expire_at: instant(order.expires_at),
            version: order.version,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Payment {
    payment_id: i64,
    payment_no: String,
    order_id: i64,
    order_no: String,
    status: &'static str,
    amount: Minor,
    refunded_amount: Minor,
    currency: String,
    payment_method: &'static str,
    payment_channel: &'static str,
    payment_time: Option<String>,
    version: i32,
}

impl From<payment::Payment> for Payment {
    fn from(payment: payment::Payment) -> Self {
        Self {
            status: words::state_004(payment.status()),
            payment_method: words::method(Face::Payments, payment.method()),
            payment_channel: words::channel(payment.channel()),
            payment_id: payment.id,
            payment_no: payment.payment_no,
            order_id: payment.order_id,
            order_no: payment.order_no,
            amount: Minor::new(payment.amount_minor),
            refunded_amount: Minor::new(payment.refunded_minor),
            currency: payment.currency,
            payment_time: payment.paid_at.map(|at| instant(Some(at))),
            version: payment.version,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Refund {
    refund_id: i64,
    refund_no: String,
    payment_no: String,
    order_no: String,
    status: &'static str,
    refund_type: &'static str,
    amount: Minor,
    currency: String,
    reason: String,
    version: i32,
}

impl From<payment::Refund> for Refund {
    fn from(refund: payment::Refund) -> Self {
        Self {
            status: words::refund_state(refund.status()),
            refund_type: if refund.r#type() == RefundType::Full { "full" } else { "partial" },
            refund_id: refund.id,
            refund_no: refund.refund_no,
            payment_no: refund.payment_no,
            order_no: refund.order_no,
            amount: Minor::new(refund.amount_minor),
            currency: refund.currency,
            reason: refund.reason,
            version: refund.version,
        }
    }
}
