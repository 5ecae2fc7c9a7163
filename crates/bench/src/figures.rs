//! The arithmetic of measurements: medians, spreads, ratios.
//!
//! Floating point lives here and where durations are divided, and nowhere near money. No input or output. The rule
//! not to be broken: a median of nothing is `None`, never zero.

#![expect(clippy::float_arithmetic, reason = "measured times and their ratios are no money")]

use std::time::Duration;

/// Sums up several measurements of one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Sums up; `None` without a single number.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        Some(Self { median: middle(&sorted)?, least, most })
    }
}

/// Gives the number in the middle of sorted ones, or the mean of the two in the middle.
fn middle(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.len() / 2;
    let high = sorted.get(upper)?;
    if sorted.len() % 2 == 1 {
        return Some(*high);
    }
    let low = sorted.get(upper.checked_sub(1)?)?;
    Some(f64::midpoint(*low, *high))
}

/// Gives the median of durations, in milliseconds.
pub(crate) fn median_ms(times: &[Duration]) -> Option<f64> {
    let times: Vec<f64> = times.iter().map(|time| milliseconds(*time)).collect();
    Spread::of(&times).map(|spread| spread.median)
}

/// Gives the time below which a share of the durations lies, in milliseconds; 99 for the 99th percentile.
pub(crate) fn percentile_ms(times: &[Duration], percent: usize) -> Option<f64> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let place = sorted.len().saturating_mul(percent) / 100;
    sorted.get(place.min(sorted.len().saturating_sub(1))).map(|time| milliseconds(*time))
}

/// Divides pair by pair: how many times `above` is `below`. *Shape*: as long as the shorter one.
pub(crate) fn ratios(above: &[f64], below: &[f64]) -> Vec<f64> {
    above.iter().zip(below).map(|(above, below)| above / below).collect()
}

/// Gives events per second.
pub(crate) fn rate(count: u32, time: Duration) -> f64 {
    f64::from(count) / time.as_secs_f64()
}

/// Gives a duration in milliseconds.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Shares processor time out among requests, in microseconds; zero without a request.
pub(crate) fn each_us(time: Duration, count: u32) -> f64 {
    if count == 0 { 0.0 } else { time.as_secs_f64() * 1_000_000.0 / f64::from(count) }
}

/// Turns KiB into MB (a million bytes).
pub(crate) fn megabytes(kib: u32) -> f64 {
    f64::from(kib) * 1_024.0 / 1_000_000.0
}
