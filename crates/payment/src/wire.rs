//! Payments, refunds and withdrawals as the contract writes them, and the contract's words as ours.
//!
//! Only the form is changed here. The rule not to be broken: a handout is shown to its owner alone, and only while it
//! can be used.

use chrono::{DateTime, Utc};
use fault::Fault;
use host::timestamp;
use proto::payment::v1::{self, Handout, OperatorType, Payment, PaymentStatus, Refund, RefundType};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    domain::{Lane, Method, RefundStatus, Status, WithdrawMethod, WithdrawalStatus, masked},
    store::{payments, refunds, withdrawals},
};

/// What a payer is handed, as it is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Handed {
    pub(crate) qr_code: String,
    pub(crate) payment_url: String,
    pub(crate) payment_form: String,
    pub(crate) order_string: String,
    pub(crate) app_id: String,
    pub(crate) partner_id: String,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl Handed {
    /// Reads what is kept.
    pub(crate) fn of(row: &payments::Row) -> Option<Self> {
        serde_json::from_value(row.handout.clone()?).ok()
    }

    /// Tells whether it leads to the cashier still.
    pub(crate) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|at| now <= at)
    }

    fn encode(self) -> Handout {
        Handout {
            qr_code: self.qr_code,
            payment_url: self.payment_url,
            payment_form: self.payment_form,
            order_string: self.order_string,
            expires_at: self.expires_at.map(timestamp),
            app_id: self.app_id,
            partner_id: self.partner_id,
        }
    }
}

/// Writes a payment, without its handout.
pub(crate) fn payment(row: &payments::Row) -> Payment {
    Payment {
        id: row.id,
        payment_no: row.payment_no.clone(),
        order_id: row.order_id,
        order_no: row.order_no.clone(),
        user_id: row.user_id,
        amount_minor: row.amount_minor,
        currency: row.currency.clone(),
        method: method(row.method()).into(),
        channel: lane(row.lane()).into(),
        status: status(row.status()).into(),
        subject: row.subject.clone(),
        description: row.description.clone(),
        handout: None,
        transaction_id: row.transaction_id.clone().unwrap_or_default(),
        paid_minor: row.paid_minor,
        fee_minor: row.fee_minor,
        refunded_minor: row.refunded_minor,
        refunding_minor: row.reserved_minor,
        paid_at: row.paid_at.map(timestamp),
        created_at: Some(timestamp(row.created_at)),
        updated_at: Some(timestamp(row.updated_at)),
        expires_at: Some(timestamp(row.expires_at)),
        close_reason: row.close_reason.clone(),
        remark: row.remark.clone(),
        is_frozen: row.frozen_reason.is_some(),
        frozen_reason: row.frozen_reason.clone().unwrap_or_default(),
        return_url: row.return_url.clone(),
        notify_url: row.notify_url.clone(),
        extra_json: text(row.extra.as_ref()),
        device_json: text(row.device.as_ref()),
        client_ip: row.client_ip.clone(),
        version: row.version,
        is_settled: row.settled_at.is_some(),
    }
}

/// Writes a payment for its owner: with the handout while it can be used.
pub(crate) fn payment_for_owner(row: &payments::Row, now: DateTime<Utc>) -> Payment {
    let handed = Handed::of(row).filter(|handed| row.status().is_open() && handed.is_fresh(now));
    Payment { handout: handed.map(Handed::encode), ..payment(row) }
}

/// Writes a refund.
pub(crate) fn refund(row: &refunds::Row) -> Refund {
    Refund {
        id: row.id,
        refund_no: row.refund_no.clone(),
        payment_id: row.payment_id,
        payment_no: row.payment_no.clone(),
        order_id: row.order_id,
        order_no: row.order_no.clone(),
        user_id: row.user_id,
        amount_minor: row.amount_minor,
        currency: row.currency.clone(),
        r#type: if row.kind == "full" { RefundType::Full } else { RefundType::Partial }.into(),
        status: refund_status(row.status()).into(),
        reason: row.reason.clone(),
        description: row.description.clone(),
        operator_id: row.operator_id,
        operator_type: match row.operator_type.as_str() {
            "merchant" => OperatorType::Merchant,
            "admin" => OperatorType::Admin,
            _ => OperatorType::User,
        }
        .into(),
        approved_by: row.approved_by.unwrap_or_default(),
        failure: row.failure.clone(),
        provider_refund_id: row.provider_refund_id.clone().unwrap_or_default(),
        created_at: Some(timestamp(row.created_at)),
        updated_at: Some(timestamp(row.updated_at)),
        finished_at: row.finished_at.map(timestamp),
        extra_json: text(row.extra.as_ref()),
        notify_url: row.notify_url.clone(),
        method: method(row.method()).into(),
        is_automatic: row.is_automatic,
        version: row.version,
    }
}

fn text(value: Option<&Value>) -> String {
    value.map(Value::to_string).unwrap_or_default()
}

fn method(of: Method) -> v1::Method {
    match of {
        Method::Alipay => v1::Method::Alipay,
        Method::Wechat => v1::Method::Wechat,
        Method::Unionpay => v1::Method::Unionpay,
        Method::Balance => v1::Method::Balance,
    }
}

/// Reads a method. *Errors*: validation of `paymentMethod`.
pub(crate) fn read_method(raw: i32) -> Result<Method, Fault> {
    match v1::Method::try_from(raw) {
        Ok(v1::Method::Alipay) => Ok(Method::Alipay),
        Ok(v1::Method::Wechat) => Ok(Method::Wechat),
        Ok(v1::Method::Unionpay) => Ok(Method::Unionpay),
        Ok(v1::Method::Balance) => Ok(Method::Balance),
        Ok(v1::Method::Unspecified) | Err(_) => {
            Err(Fault::validation("paymentMethod", "must be alipay, wechat, bank or balance"))
        }
    }
}

fn lane(of: Lane) -> v1::Channel {
    match of {
        Lane::App => v1::Channel::App,
        Lane::Web => v1::Channel::Web,
        Lane::H5 => v1::Channel::H5,
        Lane::Qr => v1::Channel::Qr,
    }
}

/// Reads where the payer is led. *Errors*: validation of `paymentChannel`.
pub(crate) fn read_lane(raw: i32) -> Result<Lane, Fault> {
    match v1::Channel::try_from(raw) {
        Ok(v1::Channel::App) => Ok(Lane::App),
        Ok(v1::Channel::Web) => Ok(Lane::Web),
        Ok(v1::Channel::H5) => Ok(Lane::H5),
        Ok(v1::Channel::Qr) => Ok(Lane::Qr),
        Ok(v1::Channel::Unspecified) | Err(_) => {
            Err(Fault::validation("paymentChannel", "must be app, web, h5 or qr"))
        }
    }
}

fn status(of: Status) -> PaymentStatus {
    match of {
        Status::Pending => PaymentStatus::Pending,
        Status::Processing => PaymentStatus::Processing,
        Status::Success => PaymentStatus::Success,
        Status::Failed => PaymentStatus::Failed,
        Status::Cancelled => PaymentStatus::Cancelled,
        Status::Refunding => PaymentStatus::Refunding,
        Status::PartiallyRefunded => PaymentStatus::PartiallyRefunded,
        Status::Refunded => PaymentStatus::Refunded,
    }
}

/// Reads a state. *Errors*: validation of `status`.
pub(crate) fn read_status(raw: i32) -> Result<Status, Fault> {
    let wanted = |known: &&Status| i32::from(status(**known)) == raw;
    Status::ALL.iter().find(wanted).copied().ok_or_else(|| Fault::validation("status", "is not known"))
}

fn refund_status(of: RefundStatus) -> v1::RefundStatus {
    match of {
        RefundStatus::WaitingApproval => v1::RefundStatus::WaitingApproval,
        RefundStatus::Processing => v1::RefundStatus::Processing,
        RefundStatus::Success => v1::RefundStatus::Success,
        RefundStatus::Failed => v1::RefundStatus::Failed,
    }
}

/// Reads a refund's state. *Errors*: validation of `status`.
pub(crate) fn read_refund_status(raw: i32) -> Result<RefundStatus, Fault> {
    let wanted = |known: &&RefundStatus| i32::from(refund_status(**known)) == raw;
    RefundStatus::ALL.iter().find(wanted).copied().ok_or_else(|| Fault::validation("status", "is not known"))
}

/// Reads a JSON object of at most 4,000 characters; an empty text is none.
pub(crate) fn object(field: &str, raw: &str) -> Result<Option<Value>, Fault> {
    const CHARS_MAX: usize = 4_000;
    if raw.is_empty() {
        return Ok(None);
    }
    let refuse = || Fault::validation(field, "must be a JSON object of at most 4,000 characters");
    if raw.chars().count() > CHARS_MAX || raw.contains("\\u0000") {
        return Err(refuse());
    }
    let value: Value = serde_json::from_str(raw).map_err(|_| refuse())?;
    if value.is_object() { Ok(Some(value)) } else { Err(refuse()) }
}

/// Writes a withdrawal; most of the account's number is hidden.
pub(crate) fn withdrawal(row: &withdrawals::Row) -> v1::Withdrawal {
    v1::Withdrawal {
        id: row.id,
        withdrawal_no: row.withdrawal_no.clone(),
        user_id: row.user_id,
        amount_minor: row.amount_minor,
        fee_minor: row.fee_minor,
        currency: row.currency.clone(),
        method: match row.method() {
            WithdrawMethod::Bank => v1::WithdrawMethod::Bank,
            WithdrawMethod::Alipay => v1::WithdrawMethod::Alipay,
            WithdrawMethod::Wechat => v1::WithdrawMethod::Wechat,
        }
        .into(),
        account_name: row.account_name.clone(),
        masked_number: masked(&row.account_number),
        bank_name: row.bank_name.clone(),
        bank_code: row.bank_code.clone(),
        reason: row.reason.clone(),
        status: match row.status() {
            WithdrawalStatus::Pending => v1::WithdrawalStatus::Pending,
            WithdrawalStatus::Processing => v1::WithdrawalStatus::Processing,
            WithdrawalStatus::Success => v1::WithdrawalStatus::Success,
            WithdrawalStatus::Failed => v1::WithdrawalStatus::Failed,
        }
        .into(),
        transaction_id: row.transaction_id.clone().unwrap_or_default(),
        created_at: Some(timestamp(row.created_at)),
        updated_at: Some(timestamp(row.updated_at)),
        finished_at: row.finished_at.map(timestamp),
    }
}

/// Reads where a user wants his money. *Errors*: validation of `method`.
pub(crate) fn read_withdraw_method(raw: i32) -> Result<WithdrawMethod, Fault> {
    match v1::WithdrawMethod::try_from(raw) {
        Ok(v1::WithdrawMethod::Bank) => Ok(WithdrawMethod::Bank),
        Ok(v1::WithdrawMethod::Alipay) => Ok(WithdrawMethod::Alipay),
        Ok(v1::WithdrawMethod::Wechat) => Ok(WithdrawMethod::Wechat),
        Ok(v1::WithdrawMethod::Unspecified) | Err(_) => {
            Err(Fault::validation("method", "must be bank, alipay or wechat"))
        }
    }
}
