//! The list of platform certificates, each encrypted with the `APIv3` key.
//!
//! On the first call no key is known yet: the list is opened, which authenticates it, and then verified with the
//! certificates just read. The rule not to be broken: a certificate whose serial is not the one announced is refused.

use serde::{Deserialize, Serialize};

use super::{ApiKey, Keys, Resource, SignedHeaders, signed::verify};
use crate::{Error, keys::Certificate};

const LIST: &str = "the list of certificates";
const CERTIFICATES_MAX: usize = 32;
const KIND: &str = "certificate";

#[derive(Serialize, Deserialize)]
struct List {
    data: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    serial_no: String,
    #[serde(default)]
    effective_time: String,
    #[serde(default)]
    expire_time: String,
    encrypt_certificate: Resource,
}

/// Opens the list, adds those certificates to `keys` that are valid now, and verifies the answer with the outcome.
/// *Shape*: what was read, in the order of the list. *Errors*: [`Error::Malformed`], [`Error::Decrypt`],
/// [`Error::Untrusted`], and as [`verify`].
pub fn read_certificates(
    headers: &SignedHeaders,
    body: &[u8],
    api_key: &ApiKey,
    keys: &Keys,
    now_unix: i64,
) -> Result<(Keys, Vec<Certificate>), Error> {
    let list: List = serde_json::from_slice(body).map_err(|_| Error::malformed(LIST, "JSON"))?;
    if list.data.len() > CERTIFICATES_MAX {
        return Err(Error::TooLarge(LIST));
    }
    let mut keys = keys.clone();
    let mut all = Vec::new();
    for item in list.data {
        let pem = String::from_utf8(api_key.open(&item.encrypt_certificate)?);
        let certificate = Certificate::read(&pem.map_err(|_| Error::malformed(LIST, "PEM"))?)?;
        if !certificate.serial_hex().eq_ignore_ascii_case(&item.serial_no) {
            return Err(Error::Untrusted("its serial is not the one announced"));
        }
        if certificate.is_valid_at(now_unix) {
            keys.add_certificate(&certificate)?;
        }
        all.push(certificate);
    }
    verify(headers, body, &keys, now_unix)?;
    Ok((keys, all))
}

/// Writes the list: each certificate with its two times (RFC 3339) and a nonce of 12 characters. *Errors*: as
/// [`ApiKey::seal`].
pub fn write_certificates(
    all: &[(&Certificate, &str, &str, &str)],
    api_key: &ApiKey,
) -> Result<Vec<u8>, Error> {
    let item = |(certificate, effective_time, expire_time, nonce): &(&Certificate, &str, &str, &str)| {
        let sealed = api_key.seal(certificate.to_pem().as_bytes(), None, KIND, nonce)?;
        Ok(Item {
            serial_no: certificate.serial_hex().to_owned(),
            effective_time: (*effective_time).to_owned(),
            expire_time: (*expire_time).to_owned(),
            encrypt_certificate: sealed,
        })
    };
    let data = all.iter().map(item).collect::<Result<_, Error>>()?;
    serde_json::to_vec(&List { data }).map_err(|_| Error::malformed(LIST, "something that can be written"))
}
