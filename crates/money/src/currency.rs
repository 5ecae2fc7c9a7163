//! The currency of an amount: one of the codes of ISO 4217.
//!
//! Only the code lives here. Symbols, names and exponents do not: every amount has two decimals, whatever
//! its currency (contract section 4). One sum never mixes two currencies.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::MoneyError;

/// Names one currency of ISO 4217.
///
/// *Shape*: ordered by code; prints, serialises and is read as its three upper-case letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The default currency, and the only one that can be paid in.
    pub const CNY: Self = Self(iso_currency::Currency::CNY);

    /// Reads an upper-case ISO-4217 code. The codes for "no currency" and for tests are refused.
    ///
    /// *Errors*: [`MoneyError::UnknownCurrency`].
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        if !text.bytes().all(|byte| byte.is_ascii_uppercase()) || matches!(text, "XXX" | "XTS") {
            return Err(MoneyError::UnknownCurrency);
        }
        iso_currency::Currency::from_code(text).map(Self).ok_or(MoneyError::UnknownCurrency)
    }

    /// Gives the three letters of the code.
    pub fn as_str(self) -> &'static str {
        self.0.code()
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self::CNY
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}
