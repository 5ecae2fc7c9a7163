//! The two ways in which parameters travel: forms, escaped; synchronous answers, not escaped at all.
//!
//! In an answer a value that begins with a brace or a bracket runs to its partner and may hold `&` and `=`.

use crate::{
    Error, Params,
    form::{self, FORM_BYTES_MAX},
    page,
};

const ANSWER: &str = "the answer";

/// Reads a form, such as a notification; it is decoded once. *Errors*: [`Error::Malformed`], [`Error::TooLarge`].
pub fn read_form(body: &[u8]) -> Result<Params, Error> {
    form::read(body)
}

/// Writes a form.
pub fn write_form(params: &Params) -> String {
    form::write(params)
}

/// Writes the page that posts itself to the gateway.
pub fn auto_post_page(gateway: &str, params: &Params) -> String {
    page::auto_post(gateway, params)
}

/// Writes a synchronous answer.
pub fn write_answer(params: &Params) -> String {
    form::joined(params, &[], true)
}

/// Reads a synchronous answer. *Errors*: [`Error::Malformed`] if a name is missing or comes twice or a brace stays open,
/// [`Error::TooLarge`].
pub fn read_answer(body: &[u8]) -> Result<Params, Error> {
    if body.len() > FORM_BYTES_MAX {
        return Err(Error::TooLarge(ANSWER));
    }
    let wrong = || Error::malformed(ANSWER, "name=value pairs, each name once");
    let mut rest = std::str::from_utf8(body).map_err(|_| Error::malformed(ANSWER, "UTF-8"))?.trim();
    let mut all = Params::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or_else(wrong)?;
        let length = value_length(after).ok_or_else(wrong)?;
        let (value, next) = after.split_at_checked(length).ok_or_else(wrong)?;
        if name.is_empty() || name.contains('&') || all.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(wrong());
        }
        rest = match next.strip_prefix('&') {
            Some(next) => next,
            None if next.is_empty() => next,
            None => return Err(wrong()),
        };
    }
    Ok(all)
}

/// Tells how many bytes a value has; `None` if its brace stays open.
fn value_length(text: &str) -> Option<usize> {
    let (open, close) = match text.as_bytes().first() {
        Some(b'{') => (b'{', b'}'),
        Some(b'[') => (b'[', b']'),
        _ => return Some(text.find('&').unwrap_or(text.len())),
    };
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        if byte == open {
            depth = depth.saturating_add(1);
        } else if byte == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at.checked_add(1);
            }
        }
    }
    None
}
