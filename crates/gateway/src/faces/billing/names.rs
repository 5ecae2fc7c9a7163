//! The words of this face for what services call otherwise, and how they are read.
//!
//! Services name fields as the dorm face does. The rule not to be broken: a refusal names the field that the caller
//! sent.

use fault::Fault;
use prost_types::Timestamp;
use proto::payment::v1::{Channel, PaymentStatus};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::faces::{payments::names::renamed, shapes::instant, words};

/// Service's name → name of this face, where they differ by more than their case.
const NAMES: [(&str, &str); 10] = [
    ("amount_minor", "amount"),
    ("expected_amount_minor", "amount"),
    ("product_id", "planId"),
    ("product", "planId"),
    ("refundAmount", "amount"),
    ("refundReason", "reason"),
    ("paymentMethod", "method"),
    ("paymentChannel", "channel"),
    ("page.number", "page"),
    ("page.size", "limit"),
];

/// All states; those of one word stand together.
const STATUSES: [PaymentStatus; 8] = [
    PaymentStatus::Pending,
    PaymentStatus::Processing,
    PaymentStatus::Success,
    PaymentStatus::PartiallyRefunded,
    PaymentStatus::Failed,
    PaymentStatus::Refunding,
    PaymentStatus::Refunded,
    PaymentStatus::Cancelled,
];

/// What a payment of this face leads to: a code to scan, or a page on the phone (004-F01, 004-F02).
const CHANNELS: [Channel; 2] = [Channel::Qr, Channel::H5];

/// Puts a service's refusal in the words of this face.
pub(super) fn of_service(fault: Fault) -> Fault {
    let code = fault.code();
    let renamed = renamed(fault, &NAMES);
    match renamed.field() {
        // What other faces call a wrong amount is a broken rule here (contract section 4).
        Some(field) if renamed.code() != code => {
            let field = field.to_owned();
            Fault::new(code, renamed.detail()).with_field(field)
        }
        _ => renamed,
    }
}

/// Prints an instant as `2025-01-20T10:30:00.000Z`.
pub(super) fn printed(at: Option<Timestamp>) -> Option<String> {
    instant(at).map(clock::format_instant)
}

/// The channel nobody asked for by name.
pub(super) const fn usual_channel() -> Channel {
    Channel::Qr
}

/// Reads a channel, in any case.
pub(super) fn channel<'de, D: Deserializer<'de>>(reader: D) -> Result<Channel, D::Error> {
    let word = String::deserialize(reader)?;
    let known = words::channel_of(&word).filter(|channel| CHANNELS.contains(channel));
    known.ok_or_else(|| {
        D::Error::custom(format!("must be one of {}", CHANNELS.map(words::channel).join(", ")))
    })
}

/// Reads a state that may be missing, as all that this face prints so.
pub(super) fn given_statuses<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<PaymentStatus>, D::Error> {
    let word = String::deserialize(reader)?;
    let is_it = |status: &&PaymentStatus| words::state_004(**status).eq_ignore_ascii_case(&word);
    let found: Vec<_> = STATUSES.iter().filter(is_it).copied().collect();
    if found.is_empty() {
        let mut known = STATUSES.map(words::state_004).to_vec();
        known.dedup();
        return Err(D::Error::custom(format!("must be one of {}", known.join(", "))));
    }
    Ok(found)
}
