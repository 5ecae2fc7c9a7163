//! Synchronous answers: the text that is signed is the response object as it stands in the body.
//!
//! The rule not to be broken: nothing is parsed and written again before it is verified.

use std::fmt;

use serde::{
    Deserializer as _,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Keys, SIGN_TYPE};
use crate::{Error, keys::PrivateKey};

const ERROR_ROOT: &str = "error_response";
const ANSWER: &str = "the answer";

/// The parts of an answer, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The response object's text as it came: what is signed, and what is parsed once it is verified.
    pub content: &'a str,
    /// Whether the gateway answered under `error_response`.
    pub is_error_root: bool,
    sign: Option<String>,
    serial: Option<String>,
}

impl<'a> Answer<'a> {
    /// Finds the parts in the answer to a call of `method`. *Errors*: [`Error::Malformed`] if it is no such answer or
    /// a name stands twice.
    pub fn read(body: &'a [u8], method: &str) -> Result<Self, Error> {
        let wrong = || Error::malformed(ANSWER, "a JSON object with the response once");
        let mut reader = serde_json::Deserializer::from_slice(body);
        let members = reader.deserialize_map(Members).map_err(|_| wrong())?;
        reader.end().map_err(|_| wrong())?;
        let root = root_of(method);
        let find = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, raw)| raw.get());
        let text = |name: &str| find(name).and_then(|raw| serde_json::from_str::<String>(raw).ok());
        let own = find(&root);
        let content = match (own, find(ERROR_ROOT)) {
            (Some(own), None) => own,
            (None, Some(error)) => error,
            _ => return Err(wrong()),
        };
        if !content.starts_with('{') {
            return Err(wrong());
        }
        Ok(Self { content, is_error_root: own.is_none(), sign: text("sign"), serial: text("alipay_cert_sn") })
    }

    /// Verifies. *Errors*: [`Error::Unsigned`], which means an unknown effect and not a business answer,
    /// [`Error::UnknownSerial`], [`Error::BadSignature`].
    pub fn verify(&self, keys: &Keys) -> Result<(), Error> {
        let sign = self.sign.as_deref().filter(|sign| !sign.is_empty()).ok_or(Error::Unsigned)?;
        let possible = keys.for_answer(self.serial.as_deref())?;
        let holds = possible.iter().any(|key| key.verifies(self.content.as_bytes(), sign));
        if holds { Ok(()) } else { Err(Error::BadSignature) }
    }

    /// Gives the signature as it came.
    pub fn signature(&self) -> Option<&str> {
        self.sign.as_deref()
    }

    /// Gives the serial of the certificate that the answer names.
    pub fn serial(&self) -> Option<&str> {
        self.serial.as_deref()
    }
}

/// Writes a signed answer as the gateway does: compact, the response first, then the certificate's serial, then `sign`.
/// `content` is the response object's JSON. *Errors*: as [`PrivateKey::sign`].
pub fn write_answer(
    method: &str,
    content: &str,
    key: &PrivateKey,
    serial: Option<&str>,
) -> Result<String, Error> {
    debug_assert_eq!(SIGN_TYPE, "RSA2", "answers are signed with SHA-256");
    let sign = key.sign(content.as_bytes())?;
    let serial = serial.map(|serial| format!("\"alipay_cert_sn\":\"{serial}\",")).unwrap_or_default();
    Ok(format!("{{\"{}\":{content},{serial}\"sign\":\"{sign}\"}}", root_of(method)))
}

fn root_of(method: &str) -> String {
    format!("{}_response", method.replace('.', "_"))
}

/// Collects the members of the outermost object without touching their text.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object that names each member once")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut all: Self::Value = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            if all.iter().any(|(known, _)| *known == name) {
                return Err(serde::de::Error::custom("a member stands twice"));
            }
            all.push((name, value));
        }
        Ok(all)
    }
}
