//! Time and chance, in sentences.
//!
//! Ids in `ids`, secrets in `secrets`, the written forms of time in `text`. A manual clock throughout, except
//! where the system's own is what is claimed about.

use chrono::{DateTime, Duration, Utc};

use crate::Clock;

mod ids;
mod secrets;
mod text;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn a_manual_clock_stands_until_it_is_moved_and_its_clones_move_with_it() {
    let clock = Clock::manual(instant("2026-11-21T08:00:00Z"));
    let clone = clock.clone();
    assert_eq!(clock.now(), clock.now());
    clock.advance(Duration::seconds(90));
    assert_eq!(clone.now(), instant("2026-11-21T08:01:30Z"));
    clone.advance(Duration::days(-1));
    assert_eq!(clock.now(), instant("2026-11-20T08:01:30Z"));
}

#[test]
#[should_panic(expected = "only a manual clock can be moved")]
fn the_time_of_the_system_cannot_be_moved() {
    Clock::system().advance(Duration::seconds(1));
}

#[test]
fn now_has_no_more_than_microseconds_so_that_the_database_gives_back_the_same() {
    let precise = instant("2026-01-01T00:00:00.123456789Z");
    assert_eq!(Clock::manual(precise).now(), instant("2026-01-01T00:00:00.123456Z"));
    for _ in 0..100 {
        assert_eq!(Clock::system().now().timestamp_subsec_nanos() % 1_000, 0);
    }
}

#[test]
fn the_clock_of_the_system_goes_forward() {
    let clock = Clock::default();
    let before = clock.now();
    assert!(clock.now() >= before);
    assert!(before > instant("2026-01-01T00:00:00Z"));
}
