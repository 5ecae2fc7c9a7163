//! The header `grpc-timeout`, read and written.
//!
//! *Shape*: up to eight digits and a unit. What cannot be read counts as not sent.

use std::time::Duration;

use http::HeaderValue;

const DIGITS_MAX: usize = 8;
/// The most that eight digits of microseconds hold.
const MICROS_MAX: u128 = 99_999_999;

/// Reads a time-out.
pub(crate) fn parse(value: &HeaderValue) -> Option<Duration> {
    let (digits, unit) = value.to_str().ok()?.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.len() > DIGITS_MAX || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount.saturating_mul(3_600))),
        "M" => Some(Duration::from_secs(amount.saturating_mul(60))),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// Writes a time-out, in microseconds, at most 99.999999 seconds.
pub(crate) fn write(budget: Duration) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{}u", budget.as_micros().min(MICROS_MAX))).ok()
}
