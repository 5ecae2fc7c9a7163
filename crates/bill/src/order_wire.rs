//! Orders, products and refunds as messages of the contract. Only translation; nothing is decided here.

use chrono::{DateTime, Utc};
use fault::Fault;
use proto::{
    bill::v1::{
        Credit as WireCredit, Order as WireOrder, OrderKind, OrderRefund, OrderStatus, PaidOutcome,
        Product as WireProduct, ProductKind, RefundState,
    },
    wallet::v1::{Account, AccountKind},
};

use crate::{
    domain::order::{Kind, Outcome, Status},
    store::{
        order_parts::{Credit, Product},
        order_refunds::{Refund, State},
        orders::Order,
    },
};

/// The reason of whoever let the deadline pass (004-J02).
pub(crate) const OVERDUE: &str = "订单超时自动取消";

/// An order as it is at an instant: overdue it is cancelled, whether or not that is written down yet.
pub(crate) fn order(order: &Order, credits: &[Credit], now: DateTime<Utc>) -> Result<WireOrder, Fault> {
    let is_overdue = order.is_overdue(now);
    let status = if is_overdue { Status::Cancelled } else { order.status()? };
    let cancel_reason = if is_overdue { OVERDUE } else { &order.cancel_reason };
    Ok(WireOrder {
        id: order.id,
        order_no: order.order_no.clone(),
        kind: wire_kind(order.kind()?).into(),
        user_id: order.user_id,
        amount_minor: order.amount_minor,
        currency: order.currency.clone(),
        subject: order.subject.clone(),
        status: wire_status(status).into(),
        refunded_minor: order.refunded_minor,
        created_at: Some(host::timestamp(order.created_at)),
        expires_at: Some(host::timestamp(order.expires_at)),
        paid_at: order.paid_at.map(host::timestamp),
        payment_no: order.payment_no.clone().unwrap_or_default(),
        cancel_reason: cancel_reason.to_owned(),
        refund_reason: order.refund_reason.clone(),
        product_id: order.product_id.unwrap_or_default(),
        is_upgrade: order.is_upgrade,
        bill_id: order.bill_id.unwrap_or_default(),
        split_id: order.split_id.unwrap_or_default(),
        room_id: order.room_id.unwrap_or_default(),
        merchant_id: order.merchant_id.unwrap_or_default(),
        version: order.version,
        credits: credits.iter().map(credit).collect(),
        delivered_at: order.delivered_at.map(host::timestamp),
    })
}

fn credit(credit: &Credit) -> WireCredit {
    let kind = match credit.kind.as_str() {
        "user" => AccountKind::User,
        "merchant" => AccountKind::Merchant,
        _ => AccountKind::Revenue,
    };
    let account = Account { kind: kind.into(), owner: credit.owner.clone(), asset: "CNY".to_owned() };
    WireCredit { account: Some(account), amount_minor: credit.amount_minor }
}

pub(crate) fn refund(refund: &Refund, order_no: &str, parts: &[Credit]) -> Result<OrderRefund, Fault> {
    let state = match refund.state()? {
        State::Preparing => RefundState::Preparing,
        State::Prepared => RefundState::Prepared,
        State::Applied => RefundState::Applied,
        State::Released => RefundState::Released,
    };
    Ok(OrderRefund {
        refund_no: refund.refund_no.clone(),
        order_no: order_no.to_owned(),
        amount_minor: refund.amount_minor,
        state: state.into(),
        take_back: parts.iter().map(credit).collect(),
        days: refund.days,
        points: refund.points,
        reason: refund.reason.clone(),
    })
}

pub(crate) fn product(product: &Product) -> WireProduct {
    let is_membership = product.kind == Kind::Membership.as_str();
    let kind = if is_membership { ProductKind::Membership } else { ProductKind::Points };
    WireProduct {
        id: product.id,
        kind: kind.into(),
        name: product.name.clone(),
        price_minor: product.price_minor,
        currency: "CNY".to_owned(),
        plan: product.plan.clone(),
        days: product.days,
        points: product.points,
    }
}

pub(crate) const fn outcome(outcome: Outcome) -> PaidOutcome {
    match outcome {
        Outcome::Accepted => PaidOutcome::Accepted,
        Outcome::Already => PaidOutcome::Already,
        Outcome::Late => PaidOutcome::Late,
        Outcome::Double => PaidOutcome::Double,
        Outcome::AmountMismatch => PaidOutcome::AmountMismatch,
    }
}

const fn wire_kind(kind: Kind) -> OrderKind {
    match kind {
        Kind::BillShare => OrderKind::BillShare,
        Kind::Membership => OrderKind::Membership,
        Kind::Points => OrderKind::Points,
        Kind::Recharge => OrderKind::Recharge,
        Kind::External => OrderKind::External,
    }
}

const fn wire_status(status: Status) -> OrderStatus {
    match status {
        Status::Pending => OrderStatus::Pending,
        Status::Paid => OrderStatus::Paid,
        Status::Refunded => OrderStatus::Refunded,
        Status::Cancelled => OrderStatus::Cancelled,
        Status::Completed => OrderStatus::Completed,
    }
}

/// Reads the status of a filter; unspecified does not narrow. *Errors*: `VALIDATION_ERROR`.
pub(crate) fn status_filter(value: i32) -> Result<Option<Status>, Fault> {
    if value == 0 {
        return Ok(None);
    }
    let known = Status::ALL.into_iter().find(|status| i32::from(wire_status(*status)) == value);
    known.map(Some).ok_or_else(|| Fault::validation("status", "must be a known status"))
}

/// Reads the kind of a filter; unspecified does not narrow. *Errors*: `VALIDATION_ERROR`.
pub(crate) fn kind_filter(value: i32) -> Result<Option<Kind>, Fault> {
    if value == 0 {
        return Ok(None);
    }
    let known = Kind::ALL.into_iter().find(|kind| i32::from(wire_kind(*kind)) == value);
    known.map(Some).ok_or_else(|| Fault::validation("kind", "must be a known kind"))
}
