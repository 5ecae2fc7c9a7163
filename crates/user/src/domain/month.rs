//! Months in which nobody came are months too.
//!
//! The rule not to be broken: a list of months has no holes, is sorted and is bounded.

use std::collections::BTreeMap;

/// The longest list: a hundred years.
const MONTHS_MAX: usize = 1_200;

/// Fills the holes between the first and the last month. *Shape*: `YYYY-MM`, sorted.
pub(crate) fn without_holes(counted: &BTreeMap<String, i64>) -> Vec<(String, i64)> {
    let (Some(first), Some(last)) = (counted.keys().next(), counted.keys().next_back()) else {
        return Vec::new();
    };
    let mut months = Vec::new();
    let mut month = first.clone();
    while months.len() < MONTHS_MAX {
        let is_last = month == *last;
        let count = counted.get(&month).copied().unwrap_or_default();
        let next = following(&month);
        months.push((month, count));
        match next {
            Some(next) if !is_last => month = next,
            _ => break,
        }
    }
    months
}

fn following(month: &str) -> Option<String> {
    let (year, number) = month.split_once('-')?;
    let (year, number): (u16, u8) = (year.parse().ok()?, number.parse().ok()?);
    Some(match number {
        12 => format!("{:04}-01", year.checked_add(1)?),
        _ => format!("{year:04}-{:02}", number.checked_add(1)?),
    })
}
