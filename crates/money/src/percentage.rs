//! A percentage from 0.00 to 100.00 with two decimals, held as a whole number of hundredths.
//!
//! Rates above one hundred, interest and fees do not live here. What a set of percentages makes of an amount
//! is decided in `split`.

use std::{fmt, str::FromStr};

use crate::{MoneyError, decimal, json};

/// Holds a percentage in hundredths of a percent, 0 to 10,000.
///
/// *Shape*: prints with exactly two decimals, `33.34`; in JSON as [`crate::Minor`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentage(u16);

impl Percentage {
    /// One hundred percent.
    pub const WHOLE: Self = Self(10_000);

    /// Wraps hundredths of a percent.
    ///
    /// *Errors*: [`MoneyError::NotAPercentage`] above 10,000.
    pub const fn new(hundredths: u16) -> Result<Self, MoneyError> {
        if hundredths > Self::WHOLE.0 { Err(MoneyError::NotAPercentage) } else { Ok(Self(hundredths)) }
    }

    /// Gives the hundredths of a percent, 0 to 10,000.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Reads plain decimal notation with at most two decimals.
    ///
    /// *Errors*: [`MoneyError::NotPlainDecimal`], [`MoneyError::TooManyDecimals`],
    /// [`MoneyError::NotAPercentage`].
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let hundredths = decimal::read(text)?.value.ok_or(MoneyError::NotAPercentage)?;
        u16::try_from(hundredths).map_err(|_| MoneyError::NotAPercentage).and_then(Self::new)
    }

    /// Reads the raw text of a JSON token, a number or a string, by the rules of [`Percentage::parse`].
    ///
    /// *Errors*: as [`Percentage::parse`]; any other token is [`MoneyError::NotPlainDecimal`].
    pub fn parse_json(raw: &str) -> Result<Self, MoneyError> {
        Self::parse(&json::token_text(raw)?)
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write(i64::from(self.0), f)
    }
}

impl FromStr for Percentage {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
