//! The words and numbers of this face, how they are read, and what services call otherwise.
//!
//! Services name fields as the dorm face does. The rule not to be broken: a refusal names the field that the caller
//! sent, and a wrong amount is 6003 (contract section 4).

use fault::Fault;
use proto::payment::v1::{Channel, Method, PaymentStatus};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::faces::{Face, payments::names::renamed, words};

/// Service's name → name of this face, where they differ by more than their case.
const NAMES: [(&str, &str); 8] = [
    ("amount_minor", "amount"),
    ("expected_amount_minor", "amount"),
    ("method", "paymentMethod"),
    ("channel", "paymentChannel"),
    ("page.number", "page"),
    ("page.size", "size"),
    ("statuses", "status"),
    ("reason", "failReason"),
];

const STATUSES: [PaymentStatus; 8] = [
    PaymentStatus::Pending,
    PaymentStatus::Processing,
    PaymentStatus::Success,
    PaymentStatus::Failed,
    PaymentStatus::Cancelled,
    PaymentStatus::Refunding,
    PaymentStatus::PartiallyRefunded,
    PaymentStatus::Refunded,
];

/// Puts a service's refusal in the words of this face.
pub(super) fn of_service(fault: Fault) -> Fault {
    renamed(fault, &NAMES)
}

/// Puts the refusal of a refund in the words of this face.
pub(super) fn of_refund(fault: Fault) -> Fault {
    renamed(
        fault,
        &[("amount_minor", "refundAmount"), ("amount", "refundAmount"), ("reason", "refundReason")],
    )
}

/// Puts the refusal of what names an order by `outTradeNo` in the words of this face.
pub(super) fn of_trade(fault: Fault) -> Fault {
    renamed(fault, &[("order_no", "outTradeNo")])
}

/// Gives the states that have a number; none for a number that no state has.
pub(super) fn statuses_of(number: u8) -> Option<Vec<PaymentStatus>> {
    let found: Vec<_> =
        STATUSES.iter().filter(|status| words::state_002(**status) == number).copied().collect();
    (!found.is_empty()).then_some(found)
}

/// Gives the name of a channel; that of the method for one that this face does not have.
pub(super) fn channel(method: Method, channel: Channel) -> &'static str {
    match words::numbered(method, channel) {
        (0, _) => words::method(Face::Admin, method),
        (_, name) => name,
    }
}

/// Reads the name of a channel that may be missing, but not `null`.
pub(super) fn given_channel<'de, D: Deserializer<'de>>(
    reader: D,
) -> Result<Option<(Method, Channel)>, D::Error> {
    let word = String::deserialize(reader)?;
    let known = words::of_name(&word);
    known.map(Some).ok_or_else(|| D::Error::custom("must be a channel such as ALIPAY_PC"))
}
