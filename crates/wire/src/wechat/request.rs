//! Requests: five lines are signed, each with its line break, and the header `Authorization` carries the signature.
//!
//! The rule not to be broken: the body that is signed is the very body that is sent, and the one that is verified is
//! the very one that came.

use std::collections::BTreeMap;

use super::{CLOCK_WINDOW_SECONDS, SCHEME};
use crate::{
    Error, form,
    keys::{PrivateKey, PublicKey},
};

const HEADER: &str = "Authorization";

/// What the header `Authorization` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The merchant.
    pub mchid: String,
    /// The serial of the merchant's certificate, 40 hex digits.
    pub serial: String,
    /// A random text.
    pub nonce: String,
    /// When it was signed, Unix seconds.
    pub timestamp: i64,
    /// The signature, base64.
    pub signature: String,
}

/// Gives the bytes that are signed. `url` is path and query as they travel.
pub fn request_message(method: &str, url: &str, timestamp: i64, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut message = format!("{method}\n{url}\n{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    message
}

/// Escapes a merchant's number for a path; what is signed is the escaped form.
pub fn escape_segment(text: &str) -> String {
    form::escape(text)
}

/// Signs a request's bytes and gives the header's value. *Errors*: as [`PrivateKey::sign`].
pub fn authorization(
    key: &PrivateKey,
    mchid: &str,
    serial: &str,
    (timestamp, nonce): (i64, &str),
    message: &[u8],
) -> Result<String, Error> {
    let signature = key.sign(message)?;
    Ok(format!(
        "{SCHEME} mchid=\"{mchid}\",nonce_str=\"{nonce}\",signature=\"{signature}\",timestamp=\"{timestamp}\",\
         serial_no=\"{serial}\""
    ))
}

impl Authorization {
    /// Reads the header. The order of the items is free. *Errors*: [`Error::SignType`] for another scheme,
    /// [`Error::Missing`], [`Error::Malformed`].
    pub fn read(header: &str) -> Result<Self, Error> {
        let wrong = || Error::malformed(HEADER, "five items in quotes");
        let (scheme, items) = header.trim().split_once(' ').ok_or_else(wrong)?;
        if scheme != SCHEME {
            return Err(Error::SignType);
        }
        let mut all = BTreeMap::new();
        for item in items.split(',') {
            let (name, value) = item.trim().split_once('=').ok_or_else(wrong)?;
            let value =
                value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).ok_or_else(wrong)?;
            if all.insert(name, value).is_some() {
                return Err(wrong());
            }
        }
        let mut take = |name: &'static str| all.remove(name).map(str::to_owned).ok_or(Error::Missing(name));
        Ok(Self {
            mchid: take("mchid")?,
            serial: take("serial_no")?,
            nonce: take("nonce_str")?,
            timestamp: take("timestamp")?
                .parse()
                .map_err(|_| Error::malformed("timestamp", "Unix seconds"))?,
            signature: take("signature")?,
        })
    }

    /// Checks the time, as the provider does before the signature. *Errors*: [`Error::Clock`].
    pub const fn check_clock(&self, now_unix: i64) -> Result<(), Error> {
        check_clock(self.timestamp, now_unix)
    }

    /// Tells whether the serial is this one; hex is compared without regard to case, as the provider does.
    pub fn is_of_serial(&self, serial: &str) -> bool {
        self.serial.eq_ignore_ascii_case(serial)
    }

    /// Verifies over method, path with query, and the raw body. *Errors*: [`Error::BadSignature`].
    pub fn verify(&self, method: &str, url: &str, body: &[u8], key: &PublicKey) -> Result<(), Error> {
        let message = request_message(method, url, self.timestamp, &self.nonce, body);
        if key.verifies(&message, &self.signature) { Ok(()) } else { Err(Error::BadSignature) }
    }
}

pub(super) const fn check_clock(timestamp: i64, now_unix: i64) -> Result<(), Error> {
    let off_seconds = timestamp.saturating_sub(now_unix);
    if off_seconds.saturating_abs() < CLOCK_WINDOW_SECONDS {
        Ok(())
    } else {
        Err(Error::Clock { off_seconds })
    }
}
