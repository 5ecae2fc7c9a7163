//! What WeChat Pay signs: answers and notifications, three lines with timestamp, nonce and the raw body.
//!
//! Answers that are no success carry no signature; that is for the caller to know before asking here.

use super::{Keys, PROBE_PREFIX, SCHEME, request::check_clock};
use crate::{Error, keys::PrivateKey};

/// The headers of a signed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeaders {
    /// `Wechatpay-Timestamp`, Unix seconds, as it came.
    pub timestamp: String,
    /// `Wechatpay-Nonce`.
    pub nonce: String,
    /// `Wechatpay-Signature`, base64.
    pub signature: String,
    /// `Wechatpay-Serial`: which key signed.
    pub serial: String,
    /// `Wechatpay-Signature-Type`; one that is missing counts as the only one there is.
    pub signature_type: Option<String>,
}

impl SignedHeaders {
    /// Takes the headers through a look-up by name. *Errors*: [`Error::Missing`].
    pub fn read<'a>(mut header: impl FnMut(&str) -> Option<&'a str>) -> Result<Self, Error> {
        let mut take = |name: &'static str| header(name).map(str::to_owned).ok_or(Error::Missing(name));
        Ok(Self {
            timestamp: take("Wechatpay-Timestamp")?,
            nonce: take("Wechatpay-Nonce")?,
            signature: take("Wechatpay-Signature")?,
            serial: take("Wechatpay-Serial")?,
            signature_type: take("Wechatpay-Signature-Type").ok(),
        })
    }

    /// Gives names and values for sending.
    pub fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("Wechatpay-Timestamp", &self.timestamp),
            ("Wechatpay-Nonce", &self.nonce),
            ("Wechatpay-Signature", &self.signature),
            ("Wechatpay-Serial", &self.serial),
            ("Wechatpay-Signature-Type", self.signature_type.as_deref().unwrap_or(SCHEME)),
        ]
    }
}

/// Gives the bytes that are signed.
pub fn signed_message(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    message
}

/// Verifies an answer or a notification over its raw body. *Errors*, in the order of the checks: [`Error::SignType`],
/// [`Error::Probe`], [`Error::Malformed`], [`Error::Clock`], [`Error::UnknownSerial`], [`Error::BadSignature`].
pub fn verify(headers: &SignedHeaders, body: &[u8], keys: &Keys, now_unix: i64) -> Result<(), Error> {
    if headers.signature_type.as_deref().is_some_and(|kind| kind != SCHEME) {
        return Err(Error::SignType);
    }
    if headers.signature.starts_with(PROBE_PREFIX) {
        return Err(Error::Probe);
    }
    let timestamp = headers.timestamp.parse();
    check_clock(timestamp.map_err(|_| Error::malformed("Wechatpay-Timestamp", "Unix seconds"))?, now_unix)?;
    let key = keys.get(&headers.serial)?;
    let message = signed_message(&headers.timestamp, &headers.nonce, body);
    if key.verifies(&message, &headers.signature) { Ok(()) } else { Err(Error::BadSignature) }
}

/// Signs an answer or a notification as WeChat Pay does. *Errors*: as [`PrivateKey::sign`].
pub fn sign(
    key: &PrivateKey,
    serial: &str,
    now_unix: i64,
    nonce: &str,
    body: &[u8],
) -> Result<SignedHeaders, Error> {
    let timestamp = now_unix.to_string();
    let signature = key.sign(&signed_message(&timestamp, nonce, body))?;
    let (nonce, serial) = (nonce.to_owned(), serial.to_owned());
    Ok(SignedHeaders { timestamp, nonce, signature, serial, signature_type: Some(SCHEME.to_owned()) })
}
