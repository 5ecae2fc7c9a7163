//! Notifications and the parameters of the return address: a form, decoded once.
//!
//! Unlike in requests, `sign_type` is not signed and empty parameters are. The rule not to be broken: the bytes of the
//! notification's own charset are verified; only then are they made text. A
//! value that could hide a parameter is refused, so user's text must go out without `&` and `=`.

use encoding_rs::Encoding;

use super::{Keys, SIGN_TYPE};
use crate::{
    Error, Params,
    form::{self, RawParams},
    keys::PrivateKey,
};

const NOT_SIGNED: [&str; 2] = ["sign", "sign_type"];
const FORM: &str = "the notification";

/// Reads and verifies a form body or query. *Shape*: all parameters but `sign` and `sign_type`. *Errors*:
/// [`Error::Unsigned`], [`Error::SignType`], [`Error::BadSignature`], [`Error::Malformed`], [`Error::TooLarge`].
pub fn read_notification(body: &[u8], keys: &Keys) -> Result<Params, Error> {
    let raw = form::read_raw(body)?;
    let signature = ascii(&raw, "sign").ok_or(Error::Unsigned)?;
    if ascii(&raw, "sign_type").as_deref() != Some(SIGN_TYPE) {
        return Err(Error::SignType);
    }
    let message = signed_bytes(&raw);
    if !keys.all().iter().any(|key| key.verifies(&message, &signature)) {
        return Err(Error::BadSignature);
    }
    if raw.values().any(|value| form::hides_a_parameter(value)) {
        return Err(Error::malformed(FORM, "one whose values hold no parameters"));
    }
    texts(raw)
}

/// Writes a signed notification in UTF-8. *Errors*: as [`PrivateKey::sign`].
pub fn write_notification(params: &Params, key: &PrivateKey) -> Result<String, Error> {
    let mut params = params.clone();
    let message = form::joined(&params, &NOT_SIGNED, true);
    params.insert("sign".to_owned(), key.sign(message.as_bytes())?);
    params.insert("sign_type".to_owned(), SIGN_TYPE.to_owned());
    Ok(form::write(&params))
}

/// Gives the bytes that are signed: sorted, decoded, joined.
pub(super) fn signed_bytes(raw: &RawParams) -> Vec<u8> {
    let pairs: Vec<_> = raw
        .iter()
        .filter(|(name, _)| !NOT_SIGNED.iter().any(|other| name.as_slice() == other.as_bytes()))
        .map(|(name, value)| [name.as_slice(), b"=", value.as_slice()].concat())
        .collect();
    pairs.join(&b'&')
}

pub(super) fn ascii(raw: &RawParams, name: &str) -> Option<String> {
    raw.get(name.as_bytes())
        .and_then(|value| String::from_utf8(value.clone()).ok())
        .filter(|text| !text.is_empty())
}

fn texts(raw: RawParams) -> Result<Params, Error> {
    let label = ascii(&raw, "charset").unwrap_or_else(|| "utf-8".to_owned());
    let charset = Encoding::for_label(label.as_bytes());
    let charset = charset.ok_or(Error::malformed("charset", "one that is known"))?;
    let text = |bytes: Vec<u8>| {
        let decoded = charset.decode_without_bom_handling_and_without_replacement(&bytes);
        decoded.map(std::borrow::Cow::into_owned).ok_or(Error::malformed(FORM, "text of its charset"))
    };
    let kept = raw
        .into_iter()
        .filter(|(name, _)| !NOT_SIGNED.iter().any(|other| name.as_slice() == other.as_bytes()));
    kept.map(|(name, value)| Ok((text(name)?, text(value)?))).collect()
}
