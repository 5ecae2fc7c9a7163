//! Money as whole hundredths of a currency unit, and its exact division among people.
//!
//! Here live the amount ([`Minor`]), the currency, the percentage, reading them from the raw text of a
//! request, and splitting an amount so that not a hundredth is lost. Exchange rates and formatting for
//! people do not live here. The rule not to be broken: no float ever holds an amount, so every amount is
//! read from its text and written as text, and all arithmetic is checked.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod currency;
mod decimal;
mod error;
mod json;
mod minor;
mod percentage;
mod split;

pub use crate::{
    currency::Currency,
    error::MoneyError,
    minor::Minor,
    percentage::Percentage,
    split::{require_sum, split_by_percentages, split_by_weights, split_equal},
};

#[cfg(test)]
mod tests;
