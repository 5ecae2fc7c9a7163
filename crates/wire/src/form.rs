//! Parameters and the form encoding in which they travel.
//!
//! Decoding happens once, to bytes; what charset they are in is the provider's business. The rule not to be broken: a
//! name that comes twice is refused, because two readers could see two different messages.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

use crate::Error;

/// Parameters by name, which is the order in which Alipay and UnionPay sign them.
pub type Params = BTreeMap<String, String>;

/// Parameters of which the values are bytes of a charset still to be settled.
pub(crate) type RawParams = BTreeMap<Vec<u8>, Vec<u8>>;

/// The most that a form of a provider may hold.
pub(crate) const FORM_BYTES_MAX: usize = 256 * 1024;
const PAIRS_MAX: usize = 200;

/// Leaves RFC 3986's unreserved characters as they are.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Reads a form or query. *Errors*: [`Error::TooLarge`], [`Error::Malformed`] for a name that comes twice.
pub(crate) fn read_raw(form: &[u8]) -> Result<RawParams, Error> {
    if form.len() > FORM_BYTES_MAX {
        return Err(Error::TooLarge("the form"));
    }
    let mut all = RawParams::new();
    for pair in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(at);
        let value = value.strip_prefix(b"=").unwrap_or_default();
        if all.len() >= PAIRS_MAX {
            return Err(Error::TooLarge("the form"));
        }
        if all.insert(decoded(name), decoded(value)).is_some() {
            return Err(Error::malformed("the form", "one that names each parameter once"));
        }
    }
    Ok(all)
}

/// Reads a form of UTF-8. *Errors*: as `read_raw`, and [`Error::Malformed`] for what is not UTF-8.
pub(crate) fn read(form: &[u8]) -> Result<Params, Error> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| Error::malformed("the form", "UTF-8"));
    read_raw(form)?.into_iter().map(|(name, value)| Ok((text(name)?, text(value)?))).collect()
}

/// Writes a form or query, sorted by name, a space as `%20`.
pub(crate) fn write(params: &Params) -> String {
    let pairs: Vec<_> =
        params.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}

/// Escapes one value for a form, query or path.
pub(crate) fn escape(value: &str) -> String {
    utf8_percent_encode(value, ESCAPED).to_string()
}

/// Joins `name=value` by `&` without any escaping; empty values and the named parameters are left out.
pub(crate) fn joined(params: &Params, without: &[&str], with_empty: bool) -> String {
    let pairs: Vec<_> = params
        .iter()
        .filter(|(name, value)| !without.contains(&name.as_str()) && (with_empty || !value.is_empty()))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// Tells whether a value holds something like `&name=`. The signed text does not escape its parts, so somebody who chose
/// such a value could have the parameters cut anew without the signature noticing.
pub(crate) fn hides_a_parameter(value: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    value.split(|byte| *byte == b'&').skip(1).any(|part| {
        let name = part.iter().take_while(|byte| is_name(byte)).count();
        name > 0 && part.get(name) == Some(&b'=')
    })
}

fn decoded(bytes: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}
