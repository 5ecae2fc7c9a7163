//! What the faces of documents 001 to 004 call methods, channels and states (checklist 6.2, 6.3).
//!
//! Input is taken in any case, output is as the face prints it. The rule not to be broken: a word that a face does
//! not have is refused there, even if another face has it.

use proto::{
    bill::v1::OrderStatus,
    payment::v1::{Channel, Method, PaymentStatus, RefundStatus},
};
use serde::{Deserialize as _, Deserializer, de::Error as _};

use super::Face;
use crate::visit::Visit;

/// A method in documents 001, 002, 003 and 004; empty where a document does not have it.
const METHODS: [(Method, [&str; 4]); 4] = [
    (Method::Alipay, ["alipay", "ALIPAY", "alipay", "alipay"]),
    (Method::Wechat, ["wechat", "WECHAT", "wechat", "wechat"]),
    (Method::Unionpay, ["bank", "UNION", "", ""]),
    (Method::Balance, ["balance", "BALANCE", "", "balance"]),
];

const CHANNELS: [(Channel, &str); 4] =
    [(Channel::App, "app"), (Channel::Web, "web"), (Channel::H5, "h5"), (Channel::Qr, "qr")];

/// The numbers and names of document 002; the last two stand for every channel of their method.
const NUMBERED: [(Method, Channel, u8, &str); 9] = [
    (Method::Alipay, Channel::Web, 1, "ALIPAY_PC"),
    (Method::Alipay, Channel::H5, 2, "ALIPAY_WAP"),
    (Method::Alipay, Channel::App, 3, "ALIPAY_APP"),
    (Method::Alipay, Channel::Qr, 4, "ALIPAY_QR"),
    (Method::Wechat, Channel::Qr, 5, "WECHAT_NATIVE"),
    (Method::Wechat, Channel::H5, 6, "WECHAT_H5"),
    (Method::Wechat, Channel::App, 7, "WECHAT_APP"),
    (Method::Unionpay, Channel::Unspecified, 8, "UNION"),
    (Method::Balance, Channel::Unspecified, 9, "BALANCE"),
];

/// Tells whether a field holds an amount.
pub(crate) fn is_amount(field: &str) -> bool {
    field == "amount" || field.ends_with("Amount")
}

/// Gives a face's word for a method; for one that it does not have, that of document 001.
pub(crate) fn method(face: Face, method: Method) -> &'static str {
    let row = METHODS.iter().find(|(known, _)| *known == method);
    row.map_or("", |(_, words)| match column(face) {
        Some(column) => words.get(column).copied().filter(|word| !word.is_empty()).unwrap_or(words[0]),
        None => words[0],
    })
}

/// Reads a face's word for a method, in any case.
pub(crate) fn method_of(face: Face, word: &str) -> Option<Method> {
    let column = column(face)?;
    let is_it = |words: &[&str; 4]| {
        words.get(column).is_some_and(|known| !known.is_empty() && known.eq_ignore_ascii_case(word))
    };
    METHODS.iter().find(|(_, words)| is_it(words)).map(|(method, _)| *method)
}

/// Lists a face's words for methods, for the refusal of another one.
pub(crate) fn methods(face: Face) -> String {
    let words = METHODS.iter().filter_map(|(_, words)| words.get(column(face)?).copied());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Gives the word for a channel; documents 001 and 004.
pub(crate) fn channel(channel: Channel) -> &'static str {
    CHANNELS.iter().find(|(known, _)| *known == channel).map_or("web", |(_, word)| word)
}

/// Reads the word for a channel, in any case.
pub(crate) fn channel_of(word: &str) -> Option<Channel> {
    CHANNELS.iter().find(|(_, known)| known.eq_ignore_ascii_case(word)).map(|(channel, _)| *channel)
}

/// Lists the words for channels.
pub(crate) fn channels() -> String {
    CHANNELS.map(|(_, word)| word).join(", ")
}

/// Gives document 002's number and name of a channel: 0 and no name for one that it does not have.
pub(crate) fn numbered(method: Method, channel: Channel) -> (u8, &'static str) {
    let is_it = |row: &&(Method, Channel, u8, &str)| {
        row.0 == method && (row.1 == channel || row.1 == Channel::Unspecified)
    };
    NUMBERED.iter().find(is_it).map_or((0, ""), |row| (row.2, row.3))
}

/// Reads document 002's number of a channel; every channel of its method where none is given back.
pub(crate) fn of_number(number: u8) -> Option<(Method, Channel)> {
    NUMBERED.iter().find(|row| row.2 == number).map(|row| (row.0, row.1))
}

/// Reads document 002's name of a channel, in any case.
pub(crate) fn of_name(name: &str) -> Option<(Method, Channel)> {
    NUMBERED.iter().find(|row| row.3.eq_ignore_ascii_case(name)).map(|row| (row.0, row.1))
}

/// Gives document 001's word for the state of a payment.
pub(crate) const fn state_001(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Unspecified | PaymentStatus::Pending | PaymentStatus::Processing => "pending",
        PaymentStatus::Success | PaymentStatus::Refunding | PaymentStatus::PartiallyRefunded => "success",
        PaymentStatus::Failed => "failed",
        PaymentStatus::Cancelled => "cancelled",
        PaymentStatus::Refunded => "refunded",
    }
}

/// Gives document 002's number for the state of a payment.
pub(crate) const fn state_002(status: PaymentStatus) -> u8 {
    match status {
        PaymentStatus::Unspecified | PaymentStatus::Pending | PaymentStatus::Processing => 0,
        PaymentStatus::Success | PaymentStatus::Refunding => 1,
        PaymentStatus::Failed => 2,
        PaymentStatus::Cancelled => 3,
        PaymentStatus::Refunded => 4,
        PaymentStatus::PartiallyRefunded => 5,
    }
}

/// Gives document 004's word for the state of a payment.
pub(crate) const fn state_004(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Unspecified | PaymentStatus::Pending => "pending",
        PaymentStatus::Processing => "processing",
        PaymentStatus::Success | PaymentStatus::PartiallyRefunded => "success",
        PaymentStatus::Failed => "failed",
        PaymentStatus::Cancelled => "cancelled",
        PaymentStatus::Refunding => "refunding",
        PaymentStatus::Refunded => "refunded",
    }
}

/// Gives the word for the state of an order; a completed one is `paid` in document 003.
pub(crate) const fn order_state(face: Face, status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Unspecified | OrderStatus::Pending => "pending",
        OrderStatus::Completed if matches!(face, Face::Billing) => "completed",
        OrderStatus::Paid | OrderStatus::Completed => "paid",
        OrderStatus::Refunded => "refunded",
        OrderStatus::Cancelled => "cancelled",
    }
}

/// Gives the word for the state of a refund; one that waits for approval is shown `processing` (contract section 16).
pub(crate) const fn refund_state(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::Unspecified | RefundStatus::WaitingApproval | RefundStatus::Processing => "processing",
        RefundStatus::Success => "success",
        RefundStatus::Failed => "failed",
    }
}

const fn column(face: Face) -> Option<usize> {
    match face {
        Face::Payments => Some(0),
        Face::Admin => Some(1),
        Face::Checkout => Some(2),
        Face::Billing => Some(3),
        Face::Dorm => None,
    }
}

/// Reads the word of the face that was asked for a method.
pub(crate) fn method_word<'de, D: Deserializer<'de>>(reader: D) -> Result<Method, D::Error> {
    let word = String::deserialize(reader)?;
    let face = Visit::face();
    method_of(face, &word).ok_or_else(|| D::Error::custom(format!("must be one of {}", methods(face))))
}

/// Reads the word for a method that may be missing, but not `null`.
pub(crate) fn given_method<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Method>, D::Error> {
    method_word(reader).map(Some)
}

/// Reads the word for a channel.
pub(crate) fn channel_word<'de, D: Deserializer<'de>>(reader: D) -> Result<Channel, D::Error> {
    let word = String::deserialize(reader)?;
    channel_of(&word).ok_or_else(|| D::Error::custom(format!("must be one of {}", channels())))
}

/// Reads the word for a channel that may be missing, but not `null`.
pub(crate) fn given_channel<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Channel>, D::Error> {
    channel_word(reader).map(Some)
}
