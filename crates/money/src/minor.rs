//! The amount: a signed whole number of hundredths of a currency unit.
//!
//! The currency is kept beside it, never inside. Arithmetic is checked or, for the sign, saturating; nothing
//! wraps. Reading accepts plain decimal notation alone (contract section 15).

use std::{fmt, str::FromStr};

use crate::{MoneyError, decimal, json};

/// Holds an amount in hundredths of its currency unit (fen for CNY).
///
/// *Units*: hundredths, whatever the currency. *Shape*: prints with exactly two decimals, `100.50`, `-0.05`;
/// serialises as a JSON number of that form, through `serde_json` writers only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minor(i64);

impl Minor {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// The largest amount a caller may send: 99,999,999.99.
    pub const MAX_INPUT: Self = Self(9_999_999_999);

    /// Wraps a number of hundredths.
    pub const fn new(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// Gives the number of hundredths.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Reads plain decimal notation: `5`, `5.5`, `0.10`, `-3.20`. Refused are exponents, plus signs, spaces,
    /// separators, leading zeros, bare points and digits that are not ASCII.
    ///
    /// *Errors*: [`MoneyError::NotPlainDecimal`], [`MoneyError::TooManyDecimals`], [`MoneyError::TooLarge`],
    /// [`MoneyError::TooSmall`].
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let reading = decimal::read(text)?;
        let out_of_range = if reading.negative { MoneyError::TooSmall } else { MoneyError::TooLarge };
        match reading.value.map(Self) {
            Some(amount) if amount.abs() <= Self::MAX_INPUT => Ok(amount),
            _ => Err(out_of_range),
        }
    }

    /// Reads the raw text of a JSON token, a number or a string, by the rules of [`Minor::parse`].
    ///
    /// *Errors*: as [`Minor::parse`]; any other token is [`MoneyError::NotPlainDecimal`].
    pub fn parse_json(raw: &str) -> Result<Self, MoneyError> {
        Self::parse(&json::token_text(raw)?)
    }

    /// Adds, or gives `None` when the sum leaves 64 bits.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Subtracts, or gives `None` when the difference leaves 64 bits.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// Turns the sign. The smallest 64-bit number, which no amount reaches, saturates.
    #[must_use]
    pub const fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// Drops the sign. The smallest 64-bit number, which no amount reaches, saturates.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Tells whether the amount is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Tells whether the amount is above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Tells whether the amount is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Adds up amounts of one currency, or gives `None` when the sum leaves 64 bits. No amounts give zero.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Passes an amount above zero.
    ///
    /// *Errors*: [`MoneyError::NotPositive`].
    pub const fn require_positive(self) -> Result<Self, MoneyError> {
        if self.is_positive() { Ok(self) } else { Err(MoneyError::NotPositive) }
    }

    /// Passes an amount of zero or more.
    ///
    /// *Errors*: [`MoneyError::Negative`].
    pub const fn require_not_negative(self) -> Result<Self, MoneyError> {
        if self.is_negative() { Err(MoneyError::Negative) } else { Ok(self) }
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write(self.0, f)
    }
}

impl FromStr for Minor {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
