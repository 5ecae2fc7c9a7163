//! WeChat Pay API v3 of a direct merchant.
//!
//! Requests, answers, notifications with their ciphertext, platform certificates, what the payer's client is handed,
//! and bills, from both sides. Which calls there are is the caller's business. The rules not to be broken: the key is
//! chosen by the exact serial, the time is checked, and the raw body is verified before it is parsed.

mod bill;
mod certificates;
mod explain;
mod invocation;
mod keys;
mod notification;
mod request;
mod resource;
mod signed;

pub use self::{
    bill::{BillRow, bill_hash, read_bill, unpack_bill, write_bill, write_packed_bill},
    certificates::{read_certificates, write_certificates},
    explain::{explain_request, explain_signed},
    invocation::{app_params, jsapi_params},
    keys::Keys,
    notification::{Notification, read_notification, write_notification},
    request::{Authorization, authorization, escape_segment, request_message},
    resource::{ApiKey, Resource},
    signed::{SignedHeaders, sign, signed_message, verify},
};

/// The scheme of the header `Authorization`, and the value of `Wechatpay-Signature-Type`.
pub const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// What the serial of a public key begins with.
pub const PUBLIC_KEY_ID_PREFIX: &str = "PUB_KEY_ID_";
/// How far a message's time may be from ours. *Units*: seconds; the limit itself is too far.
pub const CLOCK_WINDOW_SECONDS: i64 = 300;
/// What a signature begins with that is wrong on purpose.
pub const PROBE_PREFIX: &str = "WECHATPAY/SIGNTEST/";
