//! What the payment providers put on the wire: canonical strings, signatures, certificates, ciphertext, bill files.
//!
//! Both sides of each protocol are here: the merchant signs requests and verifies answers and notifications, the sandbox
//! verifies requests and signs answers and notifications. Nothing here sends, waits, asks for the time or reads a
//! setting; what a payment means to us is decided elsewhere.
//!
//! Rules not to be broken: what is verified are the bytes that came, never a second serialisation; only RSA with
//! SHA-256 is accepted, whatever a message asks for; amounts are whole fen; no key material is ever printed.

pub mod alipay;
mod archive;
mod error;
mod explain;
mod form;
pub mod keys;
#[cfg(any(test, feature = "making"))]
pub mod making;
mod page;
pub mod unionpay;
pub mod wechat;

pub use crate::{
    archive::BILL_BYTES_MAX,
    error::Error,
    explain::{Explanation, Mistake},
    form::Params,
};

#[cfg(test)]
mod tests;
