//! What a row is recognised by when the same export, or a longer one, is imported again.
//!
//! Only content counts: date, description, cost, currency, kind and the nets that are not zero, each with its
//! member's name. Not the line, the category or the order of the columns, which change between exports. The
//! rule not to be broken: one content, one key; rows of equal content differ by their number.

use std::collections::HashMap;

use chrono::NaiveDate;
use money::{Currency, Minor};

/// Stands between fields; no field can hold it, for control characters are refused.
const SEPARATOR: &str = "\u{1f}";

/// What counts of a row.
pub(super) struct Content<'a> {
    pub(super) date: NaiveDate,
    pub(super) description: &'a str,
    pub(super) cost: Minor,
    pub(super) currency: Currency,
    pub(super) kind: &'static str,
    /// The members' names and nets.
    pub(super) nets: Vec<(&'a str, Minor)>,
}

/// Writes the content as one text.
pub(super) fn of(mut content: Content<'_>) -> String {
    content.nets.retain(|(_, net)| !net.is_zero());
    content.nets.sort_unstable();
    let nets = content.nets.iter().map(|(name, net)| format!("{name}{SEPARATOR}{net}"));
    let fields = [
        content.date.to_string(),
        content.description.to_owned(),
        content.cost.to_string(),
        content.currency.to_string(),
        content.kind.to_owned(),
    ];
    fields.into_iter().chain(nets).collect::<Vec<_>>().join(SEPARATOR)
}

/// Adds to a content its number among the rows of the same content, from 1.
pub(super) fn number(key: &mut String, seen: &mut HashMap<String, usize>) {
    let count = seen.entry(key.clone()).or_default();
    *count += 1;
    key.push_str(SEPARATOR);
    key.push_str(&count.to_string());
}
