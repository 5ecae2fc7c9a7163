//! Amounts: whole fen as digits, nothing else.

use money::Minor;

use crate::Error;

const DIGITS_MAX: usize = 12;

/// Writes an amount. *Errors*: [`Error::Malformed`] for a negative one.
pub fn fen_text(amount: Minor) -> Result<String, Error> {
    if amount.is_negative() {
        return Err(Error::malformed("the amount", "zero or more"));
    }
    Ok(amount.get().to_string())
}

/// Reads an amount; leading zeros are allowed, as in files. *Errors*: [`Error::Malformed`].
pub fn read_fen(text: &str) -> Result<Minor, Error> {
    let wrong = || Error::malformed("the amount", "fen in at most 12 digits");
    let is_number = (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err(wrong());
    }
    text.parse().map(Minor::new).map_err(|_| wrong())
}
