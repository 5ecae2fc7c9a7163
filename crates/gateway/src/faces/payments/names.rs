//! The words of this face for what services call otherwise: `payment_password` is `paymentPassword` here.
//!
//! Services name fields as the dorm face does. The rule not to be broken: a refusal names the field that the caller
//! sent, and a wrong amount is `PAYMENT_AMOUNT_ERROR` (contract section 4).

use std::borrow::Cow;

use fault::{Code, Fault};

use crate::faces::words;

/// The field of an amount that moves.
const AMOUNT: &str = "amount";

/// Service's name → name of this face, where they differ by more than their case.
const NAMES: [(&str, &str); 12] = [
    ("page", "pageNum"),
    ("limit", "pageSize"),
    ("amount_minor", AMOUNT),
    ("page.number", "pageNum"),
    ("page.size", "pageSize"),
    ("from", "startTime"),
    ("to", "endTime"),
    ("type", "transactionType"),
    ("order", "orderBy"),
    ("ascending", "orderDirection"),
    ("account", "userId"),
    ("account.owner", "userId"),
];

/// Of payments: service's name → name of this face.
const PAYMENT: [(&str, &str); 18] = [
    ("amount_minor", AMOUNT),
    ("expected_amount_minor", AMOUNT),
    ("method", "paymentMethod"),
    ("channel", "paymentChannel"),
    ("expire_minutes", "expireTime"),
    ("device_json", "deviceInfo"),
    ("extra_json", "extraData"),
    ("merchant_id", "extraData"),
    ("statuses", "status"),
    ("methods", "paymentMethod"),
    ("channels", "paymentChannel"),
    ("amount_minor_min", "minAmount"),
    ("amount_minor_max", "maxAmount"),
    ("from", "startTime"),
    ("to", "endTime"),
    ("page", "pageNum"),
    ("limit", "pageSize"),
    ("recharge.amount_minor", AMOUNT),
];

/// Of refunds: service's name → name of this face.
const REFUND: [(&str, &str); 12] = [
    ("amount_minor", "refundAmount"),
    ("amount", "refundAmount"),
    ("reason", "refundReason"),
    ("type", "refundType"),
    ("extra_json", "extraData"),
    ("payment_no", "paymentId"),
    ("refund_no", "refundId"),
    ("statuses", "status"),
    ("from", "startTime"),
    ("to", "endTime"),
    ("page", "pageNum"),
    ("limit", "pageSize"),
];

/// Of withdrawals: service's name → name of this face.
const WITHDRAWAL: [(&str, &str); 7] = [
    ("amount_minor", AMOUNT),
    ("method", "withdrawMethod"),
    ("reason", "withdrawReason"),
    ("account_name", "accountInfo.accountName"),
    ("account_number", "accountInfo.accountNumber"),
    ("bank_name", "accountInfo.bankName"),
    ("bank_code", "accountInfo.bankCode"),
];

/// Puts a service's refusal in the words of this face.
pub(crate) fn of_service(fault: Fault) -> Fault {
    renamed(fault, &NAMES)
}

/// Puts the refusal of a transfer in the words of this face.
pub(crate) fn of_transfer(fault: Fault) -> Fault {
    renamed(fault, &[("amount_minor", AMOUNT), ("reason", "transferReason")])
}

/// Puts the refusal of a withdrawal in the words of this face.
pub(crate) fn of_withdrawal(fault: Fault) -> Fault {
    renamed(fault, &WITHDRAWAL)
}

/// Puts the refusal of a payment in the words of this face.
pub(crate) fn of_payment(fault: Fault) -> Fault {
    renamed(fault, &PAYMENT)
}

/// Puts the refusal of a cancellation in the words of this face.
pub(crate) fn of_cancel(fault: Fault) -> Fault {
    renamed(fault, &[("payment_no", "paymentId"), ("reason", "cancelReason")])
}

/// Puts the refusal of a refund in the words of this face.
pub(crate) fn of_refund(fault: Fault) -> Fault {
    renamed(fault, &REFUND)
}

/// Puts a service's refusal in the words of a face in camel case.
pub(in crate::faces) fn renamed(fault: Fault, names: &[(&str, &'static str)]) -> Fault {
    let Some(field) = fault.field() else { return fault };
    let known = names.iter().find(|(theirs, _)| *theirs == field).map(|(_, ours)| *ours);
    let ours = known.map_or_else(|| in_camel_case(field), Cow::Borrowed);
    let code = match fault.code() {
        Code::ValidationError if words::is_amount(&ours) => Code::PaymentAmountError,
        code => code,
    };
    if ours == field && code == fault.code() {
        return fault;
    }
    let rule = fault.detail().strip_prefix(field).filter(|rest| rest.starts_with(':'));
    let detail = rule.map_or_else(|| fault.detail().to_owned(), |rule| format!("{ours}{rule}"));
    let renamed = Fault::new(code, detail).with_field(ours);
    match fault.retry_after_seconds() {
        Some(seconds) => renamed.with_retry_after(seconds),
        None => renamed,
    }
}

/// Turns `to_user_id` into `toUserId`.
fn in_camel_case(field: &str) -> Cow<'_, str> {
    let mut words = field.split('_');
    let mut name = Cow::Borrowed(words.next().unwrap_or_default());
    for word in words {
        let mut letters = word.chars();
        let name = name.to_mut();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}
