//! Reading `biz_content`: texts, amounts in yuan, times.
//!
//! A number where a text belongs is taken as the gateway takes it.

use chrono::{DateTime, Duration, Utc};
use money::Minor;
use serde_json::Value;

use super::answer::Refusal;
use crate::beijing;

const NUMBER_CHARS_MAX: usize = 64;
/// 100 million yuan. *Units*: fen.
const AMOUNT_FEN_MAX: i64 = 10_000_000_000;

/// Refuses a parameter.
pub(super) fn wrong(name: &str) -> Refusal {
    Refusal::business("ACQ.INVALID_PARAMETER", &format!("参数无效：{name}"))
}

/// Gives a text, if it is there and not empty. *Errors*: it is too long.
pub(super) fn optional(biz: &Value, name: &str, chars_max: usize) -> Result<Option<String>, Refusal> {
    let text = match biz.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(wrong(name)),
    };
    if text.chars().count() > chars_max || text.chars().any(char::is_control) {
        return Err(wrong(name));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Gives a text that must be there.
pub(super) fn text(biz: &Value, name: &str, chars_max: usize) -> Result<String, Refusal> {
    optional(biz, name, chars_max)?.ok_or_else(|| wrong(name))
}

/// Gives a number of the merchant's: letters, digits and underscores.
pub(super) fn number(biz: &Value, name: &str) -> Result<Option<String>, Refusal> {
    let found = optional(biz, name, NUMBER_CHARS_MAX)?;
    let is_plain =
        |text: &String| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if found.as_ref().is_none_or(is_plain) { Ok(found) } else { Err(wrong(name)) }
}

/// Gives an amount of yuan with at most two decimals. *Units*: fen, positive.
pub(super) fn amount(biz: &Value, name: &str) -> Result<i64, Refusal> {
    let fen = Minor::parse(&text(biz, name, 16)?).map_err(|_| wrong(name))?.get();
    if (1..=AMOUNT_FEN_MAX).contains(&fen) { Ok(fen) } else { Err(wrong(name)) }
}

/// Writes an amount in yuan.
pub(crate) fn yuan(fen: i64) -> String {
    Minor::new(fen).to_string()
}

/// Gives the end of a trade: `time_expire` wins over `timeout_express`; else `usual` holds.
pub(super) fn expiry(biz: &Value, now: DateTime<Utc>, usual: Duration) -> Result<DateTime<Utc>, Refusal> {
    if let Some(text) = optional(biz, "time_expire", 32)? {
        let at = beijing::read_spaced(&text).or_else(|| beijing::read_spaced(&format!("{text}:00")));
        return at.filter(|at| *at > now).ok_or_else(|| wrong("time_expire"));
    }
    for name in ["timeout_express", "qr_code_timeout_express"] {
        if let Some(text) = optional(biz, name, 8)? {
            let length = express(&text, now).ok_or_else(|| wrong(name))?;
            return Ok(now + length);
        }
    }
    Ok(now + usual)
}

/// Reads `90m`, `24h`, `15d`, or `1c`, which is the end of the day.
fn express(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count: i64 = count.parse().ok()?;
    let length = match unit {
        "m" => Duration::try_minutes(count)?,
        "h" => Duration::try_hours(count)?,
        "d" => Duration::try_days(count)?,
        "c" if count == 1 => {
            let midnight = beijing::day(now).succ_opt()?;
            let midnight = beijing::read_spaced(&format!("{midnight} 00:00:00"))?;
            return Some(midnight.signed_duration_since(now));
        }
        _ => return None,
    };
    (length >= Duration::minutes(1) && length <= Duration::days(15)).then_some(length)
}
