//! Plain decimal notation with at most two decimals, from and to a whole number of hundredths.
//!
//! One grammar for amounts and percentages: `-? (0 | [1-9][0-9]*) (. [0-9]{1,2})?`, ASCII only. Ranges are
//! not checked here beyond what 64 bits hold. No float, no locale, no tolerance.

use std::fmt;

use crate::MoneyError;

const HUNDREDTHS_PER_UNIT: u64 = 100;

/// Reads plain decimal notation. `None` stands for a number too large for 64 bits; its sign is told too,
/// so that the caller can name the bound that was left.
///
/// *Errors*: [`MoneyError::NotPlainDecimal`], [`MoneyError::TooManyDecimals`].
pub(crate) fn read(text: &str) -> Result<Reading, MoneyError> {
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (units, decimals) = match magnitude.split_once('.') {
        Some((units, decimals)) if all_digits(decimals) => (units, decimals),
        Some(_) => return Err(MoneyError::NotPlainDecimal),
        None => (magnitude, ""),
    };
    if !all_digits(units) || (units.len() > 1 && units.starts_with('0')) {
        return Err(MoneyError::NotPlainDecimal);
    }
    let hundredths = match decimals.len() {
        0 => Some(0),
        1 => decimals.parse::<u64>().ok().and_then(|tenths| tenths.checked_mul(10)),
        2 => decimals.parse::<u64>().ok(),
        _ => return Err(MoneyError::TooManyDecimals),
    };
    let value = units
        .parse::<u64>()
        .ok()
        .and_then(|units| units.checked_mul(HUNDREDTHS_PER_UNIT))
        .and_then(|units| units.checked_add(hundredths?))
        .and_then(|magnitude| i64::try_from(magnitude).ok())
        .and_then(|magnitude| if negative { magnitude.checked_neg() } else { Some(magnitude) });
    Ok(Reading { negative, value })
}

/// A number that was read: its sign, and its hundredths unless they exceed 64 bits.
pub(crate) struct Reading {
    pub(crate) negative: bool,
    pub(crate) value: Option<i64>,
}

/// Writes hundredths with exactly two decimals: `100.50`, `-0.05`.
pub(crate) fn write(hundredths: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let magnitude = hundredths.unsigned_abs();
    let sign = if hundredths < 0 { "-" } else { "" };
    let units = magnitude.checked_div(HUNDREDTHS_PER_UNIT).unwrap_or_default();
    let rest = magnitude.checked_rem(HUNDREDTHS_PER_UNIT).unwrap_or_default();
    f.pad(&format!("{sign}{units}.{rest:02}"))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
