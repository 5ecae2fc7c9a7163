//! Ids: new, growing, exact in JavaScript.
//!
//! The count is one for the process, so these tests run beside each other and claim only what holds then.

use std::{collections::HashSet, thread};

use chrono::Duration;

use super::instant;
use crate::Clock;

/// The largest whole number that JavaScript holds exactly, plus one.
const SAFE: i64 = 1 << 53;

#[test]
fn ids_of_one_process_never_meet_even_where_time_stands_still() {
    let clock = Clock::manual(instant("2026-06-01T00:00:00Z"));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let clock = clock.clone();
            thread::spawn(move || (0..20_000).map(|_| clock.new_id()).collect::<Vec<_>>())
        })
        .collect();
    let made: Vec<Vec<i64>> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(made.iter().all(|ids| ids.is_sorted_by(|a, b| a < b)), "ids grow within a thread");
    let distinct: HashSet<i64> = made.iter().flatten().copied().collect();
    assert_eq!(distinct.len(), 80_000);
    assert!(distinct.iter().all(|id| *id > 0 && *id < SAFE));
}

#[test]
fn an_id_made_later_is_greater() {
    let clock = Clock::manual(instant("2026-06-01T00:00:00Z"));
    let before = clock.new_id();
    clock.advance(Duration::milliseconds(5));
    assert!(clock.new_id() > before);
    clock.advance(Duration::days(-300));
    assert!(clock.new_id() > before, "even if the time was set back");
}

#[test]
fn an_id_before_the_year_2026_is_still_an_id() {
    let id = Clock::manual(instant("1999-12-31T23:59:59Z")).new_id();
    assert!(id > 0 && id < SAFE);
}

#[test]
fn uuids_are_of_version_seven_and_carry_the_time_of_the_clock() {
    let clock = Clock::manual(instant("2026-06-01T00:00:00.250Z"));
    let uuid = clock.new_uuid();
    assert_eq!(uuid.get_version_num(), 7);
    assert_eq!(uuid.get_timestamp().unwrap().to_unix(), (1_780_272_000, 250_000_000));
    assert_ne!(uuid, clock.new_uuid());
}
