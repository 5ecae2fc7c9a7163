//! Alipay's OpenAPI v2: `gateway.do`, RSA2, key mode and certificate mode.
//!
//! Requests, answers, notifications, certificate serials and bills, from both sides. Which calls there are and what
//! their members mean to us is the caller's business. The rule not to be broken: only `RSA2` is accepted, and of an
//! answer only the text as it came.

mod answer;
mod bill;
mod explain;
mod keys;
mod notification;
mod request;
mod serial;

pub use self::{
    answer::{Answer, write_answer},
    bill::{BillHead, BillRow, read_bill, write_bill},
    explain::{explain_answer, explain_notification, explain_request},
    keys::Keys,
    notification::{read_notification, write_notification},
    request::{auto_post_page, canonical, order_string, read_request, sign, url, verify},
    serial::{certificate_serial, root_serial},
};

/// The only kind of signature that is made and accepted.
pub const SIGN_TYPE: &str = "RSA2";
