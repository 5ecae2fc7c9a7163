//! Plain decimal notation with at most two decimals, from and to a whole number of hundredths.
//!
//! One grammar for amounts and percentages: `-? (0 | [1-9][0-9]*) (. [0-9]{1,2})?`, ASCII only, which is stricter than
//! what `rust_decimal` takes; the numbers themselves are its own. Ranges are not checked here beyond what 64 bits
//! hold. No float, no locale, no tolerance.

use std::fmt;

use rust_decimal::Decimal;

use crate::MoneyError;

const DECIMALS: u32 = 2;

/// Reads plain decimal notation. `None` stands for a number too large for 64 bits; its sign is told too,
/// so that the caller can name the bound that was left.
///
/// *Errors*: [`MoneyError::NotPlainDecimal`], [`MoneyError::TooManyDecimals`].
pub(crate) fn read(text: &str) -> Result<Reading, MoneyError> {
    check(text)?;
    // What the grammar lets pass and Decimal does not hold is too long.
    let value = Decimal::from_str_exact(text).ok().and_then(hundredths);
    Ok(Reading { negative: text.starts_with('-'), value })
}

/// A number that was read: its sign, and its hundredths unless they exceed 64 bits.
pub(crate) struct Reading {
    pub(crate) negative: bool,
    pub(crate) value: Option<i64>,
}

/// Writes hundredths with exactly two decimals: `100.50`, `-0.05`.
pub(crate) fn write(hundredths: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.pad(&Decimal::new(hundredths, DECIMALS).to_string())
}

/// Refuses exponents, plus signs, spaces, separators, other digits, leading zeros and bare dots.
fn check(text: &str) -> Result<(), MoneyError> {
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    let (units, decimals) = match magnitude.split_once('.') {
        Some((units, decimals)) if all_digits(decimals) => (units, decimals),
        Some(_) => return Err(MoneyError::NotPlainDecimal),
        None => (magnitude, ""),
    };
    if !all_digits(units) || (units.len() > 1 && units.starts_with('0')) {
        return Err(MoneyError::NotPlainDecimal);
    }
    if decimals.len() > 2 { Err(MoneyError::TooManyDecimals) } else { Ok(()) }
}

fn hundredths(mut value: Decimal) -> Option<i64> {
    value.rescale(DECIMALS);
    i64::try_from(value.mantissa()).ok().filter(|_| value.scale() == DECIMALS)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
