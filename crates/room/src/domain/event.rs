//! Events as they come to the log, checked and put in order.
//!
//! What an event says is not looked at. The rule not to be broken: a room's numbers have no gap, and an event that is
//! known by its name gets no second number.

use std::collections::{BTreeMap, HashSet};

use chrono::TimeDelta;
use fault::{Code, Fault};
use proto::event::v1::Event;

/// Events of one request at most.
pub(crate) const BATCH_MAX: usize = 100;

/// Events of one answer at most.
pub(crate) const PAGE_MAX: i32 = 500;

/// An answer holds no more than this beside its first event.
pub(crate) const PAGE_BYTES_MAX: i64 = 1_048_576;

/// How long events are kept (contract section 10).
pub(crate) const KEPT_FOR: TimeDelta = TimeDelta::days(7);

const UID_CHARS_MAX: usize = 100;

/// Sorts new events by room, in the order in which they came; of several with one name the first counts.
///
/// *Errors*: `BATCH_LIMIT_EXCEEDED`, a validation fault such as `events[2].uid`.
pub(crate) fn by_room(events: Vec<Event>) -> Result<BTreeMap<i64, Vec<Event>>, Fault> {
    if events.len() > BATCH_MAX {
        return Err(Fault::new(Code::BatchLimitExceeded, format!("events: at most {BATCH_MAX} at once")));
    }
    let mut rooms: BTreeMap<i64, Vec<Event>> = BTreeMap::new();
    for (at, event) in events.into_iter().enumerate() {
        check(at, &event)?;
        let events = rooms.entry(event.room_id).or_default();
        if !events.iter().any(|known| known.uid == event.uid) {
            events.push(event);
        }
    }
    Ok(rooms)
}

/// Gives numbers after `last_seq` to the events that the log does not know yet by room and name.
pub(crate) fn numbered(events: Vec<Event>, known: &HashSet<(i64, String)>, last_seq: i64) -> Vec<Event> {
    let fresh = events.into_iter().filter(|event| !known.contains(&(event.room_id, event.uid.clone())));
    fresh.zip(last_seq.saturating_add(1)..).map(|(event, seq)| Event { seq, ..event }).collect()
}

fn check(at: usize, event: &Event) -> Result<(), Fault> {
    let refuse = |field: &str, rule: &str| Err(Fault::validation(format!("events[{at}].{field}"), rule));
    if event.uid.is_empty() || event.uid.chars().count() > UID_CHARS_MAX {
        return refuse("uid", "must have 1 to 100 characters");
    }
    if event.uid.chars().any(char::is_control) {
        return refuse("uid", "must not hold control characters");
    }
    if event.room_id <= 0 {
        return refuse("room_id", "must be given");
    }
    if event.user_id != 0 {
        return refuse("user_id", "must not be given: an event of a room is for all its members");
    }
    if event.payload.is_none() {
        return refuse("payload", "must be given");
    }
    Ok(())
}
