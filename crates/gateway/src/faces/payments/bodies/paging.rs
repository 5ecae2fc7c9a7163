//! What every list of this face is asked for with (001-B05): a page, a period, an order.

use chrono_tz::Tz;
use fault::Fault;
use prost_types::Timestamp;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::faces::times::Moment;

/// The number of rows nobody asked for by name.
pub(super) const fn usual_page_size() -> i32 {
    20
}

/// Reads `ASC` or `DESC`, in any case.
pub(super) fn is_ascending<'de, D: Deserializer<'de>>(reader: D) -> Result<bool, D::Error> {
    let word = String::deserialize(reader)?;
    let is_ascending = word.eq_ignore_ascii_case("ASC");
    if is_ascending || word.eq_ignore_ascii_case("DESC") {
        Ok(is_ascending)
    } else {
        Err(D::Error::custom("must be one of ASC, DESC"))
    }
}

/// Gives beginning and end of a period.
///
/// *Errors*: validation, when it ends before it begins.
pub(super) fn period(
    start: Option<Moment>,
    end: Option<Moment>,
    zone: Tz,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Fault> {
    let from = start.map(|moment| moment.first(zone));
    let to = end.map(|moment| moment.last(zone));
    let place = |at: Timestamp| (at.seconds, at.nanos);
    if from.zip(to).is_some_and(|(from, to)| place(to) < place(from)) {
        return Err(Fault::validation("endTime", "must not lie before startTime"));
    }
    Ok((from, to))
}
