//! What this service does unasked: the tasks and their timetable (contract section 9).
//!
//! How one runner at a time is found lives in `durable::schedule`. The rule not to be broken: each task is safe to run
//! twice and works in bounded steps.

mod clean_up;
mod remind;
mod sync;

use std::time::Duration;

use chrono::NaiveTime;
use chrono_tz::Tz;
use durable::{Database, schedule::Schedule};

use crate::{domain::Task, peers::Peers};

const SYNC_EVERY: Duration = Duration::from_hours(2);
const NOON: NaiveTime = match NaiveTime::from_hms_opt(12, 0, 0) {
    Some(noon) => noon,
    None => NaiveTime::MIN,
};

/// Makes the timetable: reminders at noon, reconciliation every two hours, the clean-up at midnight, days being those
/// of the business zone.
pub(crate) fn schedule(db: &Database, peers: &Peers, zone: Tz) -> Schedule {
    let (reminding, cleaning, own) = (peers.clone(), peers.clone(), db.clone());
    Schedule::new(db.clone())
        .daily_at(Task::Reminder.name(), NOON, zone, move || {
            let peers = reminding.clone();
            async move { remind::run(&peers).await }
        })
        .every(Task::Sync.name(), SYNC_EVERY, sync::run)
        .daily_at(Task::Cleanup.name(), NaiveTime::MIN, zone, move || {
            let (peers, db) = (cleaning.clone(), own.clone());
            async move { clean_up::run(&peers, &db).await }
        })
}
