//! Dividing an amount so that the parts add up to it exactly.
//!
//! Every part first gets its exact share rounded towards zero. The hundredths that are left go one each to
//! the parts with the largest fractions; parts with equal fractions are rotated by a seed, the expense id, so
//! that nobody is always the one who pays the extra hundredth (contract section 5). Same input, same result.

use crate::{Minor, MoneyError, Percentage};

/// Divides an amount into equal parts that differ by at most one hundredth.
///
/// *Shape*: as many parts as asked, in an order that only the seed decides; they add up to `total`. No parts
/// is a mistake of the program and panics.
pub fn split_equal(total: Minor, parts: usize, seed: i64) -> Vec<Minor> {
    assert!(parts > 0, "an amount cannot be divided among nobody");
    divide(total, &vec![1; parts], seed).unwrap_or_default()
}

/// Divides an amount in proportion to weights.
///
/// *Shape*: one part per weight, in their order, adding up to `total`; a weight of zero gets zero.
/// *Errors*: [`MoneyError::NoWeight`] when no weight is above zero.
pub fn split_by_weights(total: Minor, weights: &[u64], seed: i64) -> Result<Vec<Minor>, MoneyError> {
    if weights.iter().all(|weight| *weight == 0) {
        return Err(MoneyError::NoWeight);
    }
    divide(total, weights, seed).ok_or(MoneyError::Overflow)
}

/// Divides an amount by percentages, which must add up to 100.00.
///
/// *Shape*: one part per percentage, in their order, adding up to `total`.
/// *Errors*: [`MoneyError::PercentagesDiffer`] with what they add up to.
pub fn split_by_percentages(
    total: Minor,
    shares: &[Percentage],
    seed: i64,
) -> Result<Vec<Minor>, MoneyError> {
    let actual = Minor::sum(shares.iter().map(|share| Minor::new(i64::from(share.get()))))
        .ok_or(MoneyError::Overflow)?;
    if actual != Minor::new(i64::from(Percentage::WHOLE.get())) {
        return Err(MoneyError::PercentagesDiffer { actual });
    }
    let weights: Vec<u64> = shares.iter().map(|share| u64::from(share.get())).collect();
    split_by_weights(total, &weights, seed)
}

/// Checks that given shares add up to the amount they divide.
///
/// *Errors*: [`MoneyError::SharesDiffer`] with both sums, [`MoneyError::Overflow`].
pub fn require_sum(expected: Minor, shares: &[Minor]) -> Result<(), MoneyError> {
    let actual = Minor::sum(shares.iter().copied()).ok_or(MoneyError::Overflow)?;
    if actual == expected { Ok(()) } else { Err(MoneyError::SharesDiffer { actual, expected }) }
}

/// One part while it is being worked out, without the sign of the total.
struct Part {
    index: usize,
    /// Hundredths given so far.
    given: u128,
    /// What rounding took, in units of one hundredth divided by the sum of the weights.
    fraction: u128,
}

/// Divides by largest remainder. `None` when the weights add up to nothing.
fn divide(total: Minor, weights: &[u64], seed: i64) -> Option<Vec<Minor>> {
    let magnitude = u128::from(total.get().unsigned_abs());
    let whole = weights.iter().try_fold(0_u128, |sum, weight| sum.checked_add(u128::from(*weight)))?;
    let mut parts = Vec::with_capacity(weights.len());
    let mut rest = magnitude;
    for (index, weight) in weights.iter().enumerate() {
        let exact = magnitude.checked_mul(u128::from(*weight))?;
        let given = exact.checked_div(whole)?;
        rest = rest.checked_sub(given)?;
        parts.push(Part { index, given, fraction: exact.checked_rem(whole)? });
    }
    parts.sort_by(|a, b| b.fraction.cmp(&a.fraction).then(a.index.cmp(&b.index)));
    rotate_equals(&mut parts, seed);
    for part in parts.iter_mut().take(usize::try_from(rest).ok()?) {
        part.given = part.given.checked_add(1)?;
    }
    parts.sort_by_key(|part| part.index);
    parts.iter().map(|part| signed(part.given, total.is_negative())).collect()
}

/// Rotates each run of equal fractions by the scrambled seed. The scrambling keeps the rotation fair when
/// ids grow in steps that share a factor with the number of parts.
fn rotate_equals(parts: &mut [Part], seed: i64) {
    for run in parts.chunk_by_mut(|a, b| a.fraction == b.fraction) {
        let turn = u64::try_from(run.len()).ok().and_then(|length| scramble(seed).checked_rem(length));
        run.rotate_left(turn.and_then(|turn| usize::try_from(turn).ok()).unwrap_or_default());
    }
}

/// Spreads a number evenly over 64 bits (the finaliser of `SplitMix64`).
const fn scramble(seed: i64) -> u64 {
    let mut mixed = seed.cast_unsigned().wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn signed(magnitude: u128, negative: bool) -> Option<Minor> {
    let value = i128::try_from(magnitude).ok()?;
    let value = if negative { value.checked_neg()? } else { value };
    i64::try_from(value).ok().map(Minor::new)
}
