//! Texts that people enter: what is refused beyond crate `input`, and how they are compared.
//!
//! The forms for comparing are NFKC in lower case, so that names that look alike are the same name. Lengths are
//! those of contract section 15. The rule not to be broken: every text that is stored has passed `input`.

use std::ops::RangeInclusive;

use email_address::{EmailAddress, Options};
use fault::Fault;
use unicode_normalization::UnicodeNormalization as _;

const USERNAME_CHARS: RangeInclusive<usize> = 3..=32;
const PASSWORD_CHARS_MIN: usize = 8;
const PASSWORD_CHARS_MAX: usize = 128;
const EMAIL_CHARS_MAX: usize = 254;
const URL_CHARS_MAX: usize = 500;
const QUERY_CHARS: RangeInclusive<usize> = 2..=100;
const FILE_NAME_CHARS_MAX: usize = 100;

/// The path under which the face shows an upload.
const UPLOAD_PATH: &str = "/api/uploads/";

/// What a user's avatar is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Avatar {
    None,
    /// An https address elsewhere.
    Url(String),
    /// An upload of his own.
    Upload(i64),
}

/// Reads a user name: 3 to 32 characters, no spaces, nothing invisible.
pub(crate) fn username(text: &str) -> Result<String, Fault> {
    let name = input::line("username", text, USERNAME_CHARS)?;
    if name.chars().any(|char| char.is_whitespace() || is_invisible(char)) {
        return Err(Fault::validation("username", "must not contain spaces or invisible characters"));
    }
    Ok(name)
}

/// Reads an e-mail address.
pub(crate) fn email(text: &str) -> Result<String, Fault> {
    let address = input::line("email", text, 1..=EMAIL_CHARS_MAX)?;
    let plain = Options { minimum_sub_domains: 2, allow_domain_literal: false, allow_display_text: false };
    match EmailAddress::parse_with_options(&address, plain) {
        Ok(_) => Ok(address),
        Err(_) => Err(Fault::validation("email", "must be an e-mail address")),
    }
}

/// Reads a full name: 1 to 100 characters.
pub(crate) fn full_name(text: &str) -> Result<String, Fault> {
    input::line("full_name", text, 1..=input::NAME_CHARS_MAX)
}

/// Checks a new password: 8 to 128 characters. It is hashed in NFKC, so that every keyboard gives the same.
pub(crate) fn password(field: &str, text: &str) -> Result<String, Fault> {
    let chars = text.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
        return Err(Fault::validation(field, "must have 8 to 128 characters"));
    }
    if text.chars().any(char::is_control) {
        return Err(Fault::validation(field, "must not contain control characters"));
    }
    Ok(typed_password(text))
}

/// Gives the form in which a typed password is compared.
pub(crate) fn typed_password(text: &str) -> String {
    text.chars().take(PASSWORD_CHARS_MAX.saturating_add(1)).nfkc().collect()
}

/// Reads what to search for: 2 to 100 characters. *Shape*: the form for comparing.
pub(crate) fn query(text: &str) -> Result<String, Fault> {
    input::line("q", text, QUERY_CHARS).map(|query| key(&query))
}

/// Reads an avatar: an https address, the address of an upload, or empty for none.
pub(crate) fn avatar(text: &str) -> Result<Avatar, Fault> {
    let refused = || Fault::validation("avatar", "must be an https address or the address of an own upload");
    if text.trim().is_empty() {
        return Ok(Avatar::None);
    }
    let text = input::line("avatar", text, 1..=URL_CHARS_MAX)?;
    if let Some(id) = text.strip_prefix(UPLOAD_PATH) {
        let is_plain = id.bytes().all(|byte| byte.is_ascii_digit()) && !id.starts_with('0');
        return id.parse().ok().filter(|_| is_plain).map(Avatar::Upload).ok_or_else(refused);
    }
    let url = url::Url::parse(&text).map_err(|_| refused())?;
    let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    if is_plain && url.host_str().is_some_and(|host| !host.is_empty()) && url.as_str().len() <= URL_CHARS_MAX
    {
        Ok(Avatar::Url(url.into()))
    } else {
        Err(refused())
    }
}

/// Gives the address of an upload.
pub(crate) fn upload_path(id: i64) -> String {
    format!("{UPLOAD_PATH}{id}")
}

/// Takes what is usable of a file's name, for showing only.
pub(crate) fn file_name(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = last.nfc().filter(|char| !char.is_control() && !is_invisible(*char)).take(FILE_NAME_CHARS_MAX);
    kept.collect::<String>().trim().to_owned()
}

/// Gives the form in which names are compared.
pub(crate) fn key(text: &str) -> String {
    text.trim().nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

/// Characters that change how a name looks without being seen: zero width, direction marks, soft hyphen.
fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}
