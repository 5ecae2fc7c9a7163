//! What can be wrong with an amount, a percentage, a currency or a division.
//!
//! The texts are fit for the public `error` detail behind the name of a field: `amount: must be ...`.
//! They never repeat what the caller sent, so that nothing unexpected is echoed. Kept stable, in English.

use crate::{Minor, Percentage};

/// Tells why a piece of money was refused. The text reads well after the name of a field and a colon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not plain decimal notation: a sign other than `-`, an exponent, spaces, separators,
    /// a leading zero, a missing digit, or no number at all.
    #[error("must be a plain decimal number such as 12.50")]
    NotPlainDecimal,
    /// The number has a third decimal, even if it is a zero.
    #[error("must have at most two decimals")]
    TooManyDecimals,
    /// The amount is above the largest that is accepted.
    #[error("must be at most {}", Minor::MAX_INPUT)]
    TooLarge,
    /// The amount is below the smallest that is accepted.
    #[error("must be at least {}", Minor::MAX_INPUT.neg())]
    TooSmall,
    /// The amount is zero or negative where only a positive one makes sense.
    #[error("must be greater than 0")]
    NotPositive,
    /// The amount is negative where only zero or more makes sense.
    #[error("must not be negative")]
    Negative,
    /// The percentage is below 0 or above 100.
    #[error("must be a percentage from 0 to 100")]
    NotAPercentage,
    /// The currency is not an upper-case ISO-4217 code.
    #[error("must be an ISO 4217 currency code such as CNY")]
    UnknownCurrency,
    /// The shares of a division do not add up to what is divided.
    #[error("shares add up to {actual}, expected {expected}")]
    SharesDiffer {
        /// What the shares add up to.
        actual: Minor,
        /// What they had to add up to.
        expected: Minor,
    },
    /// The percentages of a division do not add up to 100.00.
    #[error("percentages add up to {actual}, expected {}", Percentage::WHOLE)]
    PercentagesDiffer {
        /// What the percentages add up to, as printed with two decimals.
        actual: Minor,
    },
    /// All weights of a division are zero, or there are none.
    #[error("at least one share must be greater than 0")]
    NoWeight,
    /// A sum leaves the range of a 64-bit integer.
    #[error("the sum is too large")]
    Overflow,
}
