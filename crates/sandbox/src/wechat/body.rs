//! Reading the content of calls by JSON pointers; what is wrong is told as the provider tells it.

use serde_json::Value;

use super::answer::Refusal;
use crate::settings::is_http;

/// Gives a text, if it is there. *Errors*: another type, or too long.
pub(super) fn optional(body: &Value, pointer: &str, bytes_max: usize) -> Result<Option<String>, Refusal> {
    match body.pointer(pointer) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() > bytes_max => {
            Err(Refusal::param(pointer, text, &format!("字符串长度不能超过{bytes_max}")))
        }
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(Refusal::param(pointer, &other.to_string(), "必须是字符串")),
    }
}

/// Gives a text that must be there.
pub(super) fn text(body: &Value, pointer: &str, bytes_max: usize) -> Result<String, Refusal> {
    let found = optional(body, pointer, bytes_max)?.filter(|text| !text.is_empty());
    found.ok_or_else(|| Refusal::param(pointer, "", "输入源必填字段缺失"))
}

/// Gives an amount. *Units*: fen, positive.
pub(super) fn fen(body: &Value, pointer: &str) -> Result<i64, Refusal> {
    let found = body.pointer(pointer).ok_or_else(|| Refusal::param(pointer, "", "输入源必填字段缺失"))?;
    let amount = found.as_i64().filter(|amount| (1..=100_000_000_000).contains(amount));
    amount.ok_or_else(|| Refusal::param(pointer, &found.to_string(), "必须是大于0的整数，单位为分"))
}

/// Gives a number of the merchant's. `more` are signs that are allowed beside letters, digits, `_` and `-`.
pub(super) fn number(
    body: &Value,
    pointer: &str,
    (min, max): (usize, usize),
    more: &[u8],
) -> Result<Option<String>, Refusal> {
    let Some(found) = optional(body, pointer, max)? else { return Ok(None) };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte) || more.contains(&byte);
    if found.len() < min || !found.bytes().all(is_plain) {
        return Err(Refusal::param(pointer, &found, "字符或长度不符合要求"));
    }
    Ok(Some(found))
}

/// Gives an address for notifications: no query.
pub(super) fn address(body: &Value, pointer: &str) -> Result<Option<String>, Refusal> {
    let Some(found) = optional(body, pointer, 256)? else { return Ok(None) };
    if !is_http(&found) || found.contains('?') {
        return Err(Refusal::param(pointer, &found, "回调地址不合法，且不能携带参数"));
    }
    Ok(Some(found))
}

/// Checks the currency, if one is named.
pub(super) fn currency(body: &Value, pointer: &str) -> Result<(), Refusal> {
    match optional(body, pointer, 16)? {
        Some(other) if other != "CNY" => Err(Refusal::param(pointer, &other, "只支持CNY")),
        _ => Ok(()),
    }
}
