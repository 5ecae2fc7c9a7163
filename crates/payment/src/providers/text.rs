//! Texts of people on their way out, and answers on their way into our books.
//!
//! The rules not to be broken: what a person wrote cannot become a parameter of a signed text; what is kept shows no
//! secret, no signature and nobody's account.

use serde_json::{Map, Value};
use wire::Params;

const KEPT_CHARS_MAX: usize = 2_000;
const DEPTH_MAX: usize = 8;
const HIDDEN: &str = "***";
/// Members whose values are never kept, wherever they stand.
const SECRETS: [&str; 24] = [
    "sign",
    "signature",
    "paySign",
    "signPubKeyCert",
    "ciphertext",
    "token",
    "download_url",
    "bill_download_url",
    "alipay_cert_content",
    "encrypt_certificate",
    "prepay_id",
    "fileContent",
    "accNo",
    "customerInfo",
    "payer",
    "openid",
    "buyer_id",
    "buyer_open_id",
    "buyer_user_id",
    "buyer_logon_id",
    "user_received_account",
    "payee_info",
    "qr_code",
    "code_url",
];

/// Cleans a text: what providers refuse, or what could cut a signed text anew, becomes a space; then it is cut at a
/// number of bytes, never inside a letter. *Shape*: never empty.
pub(crate) fn plain(text: &str, bytes_max: usize) -> String {
    let mut out = String::with_capacity(bytes_max);
    let refused = ['&', '=', '/', '<', '>', '"', '\'', '\\', '{', '}', '[', ']', '|', '`', '%', '+', '#'];
    for letter in text.chars() {
        let letter = if letter.is_control() || refused.contains(&letter) { ' ' } else { letter };
        if out.len().saturating_add(letter.len_utf8()) > bytes_max {
            break;
        }
        out.push(letter);
    }
    let out = out.trim();
    if out.is_empty() { "dormpay".to_owned() } else { out.to_owned() }
}

/// Masks an answer for keeping.
pub(crate) fn masked(value: Value) -> Value {
    masked_to(value, DEPTH_MAX)
}

/// Masks parameters for keeping.
pub(crate) fn masked_params(params: &Params) -> Value {
    let all: Map<_, _> = params.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    masked(Value::Object(all))
}

/// Cuts a text at a number of letters.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(KEPT_CHARS_MAX).collect()
}

fn masked_to(value: Value, depth: usize) -> Value {
    let Some(below) = depth.checked_sub(1) else { return Value::Null };
    match value {
        Value::Object(members) => {
            let keep = |(name, value): (String, Value)| {
                let value =
                    if SECRETS.contains(&name.as_str()) { HIDDEN.into() } else { masked_to(value, below) };
                (name, value)
            };
            Value::Object(members.into_iter().map(keep).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| masked_to(item, below)).collect()),
        Value::String(text) => Value::String(cut(&text)),
        other => other,
    }
}
