//! What every operation needs: the database, the clock, the other services, the business zone.
//!
//! Cheap to clone. It holds no state of its own and decides nothing.

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use clock::Clock;
use durable::Database;
use roster::Roster;

use crate::peers::{Expenses, Memberships, Points};

/// The service as its operations see it.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) zone: Tz,
    pub(crate) roster: Roster,
    pub(crate) expenses: Expenses,
    pub(crate) memberships: Memberships,
    pub(crate) points: Points,
    /// How long an order waits for money.
    pub(crate) order_life: TimeDelta,
}

impl Service {
    /// Gives today's date in the business zone.
    pub(crate) fn today(&self) -> NaiveDate {
        clock::business_date(self.clock.now(), self.zone)
    }
}

#[cfg(test)]
impl Service {
    /// The service behind a test's door, to be driven past it.
    pub(crate) fn of_test(stage: &crate::tests::Stage) -> Self {
        let channel = |url: &str| rpc::channel(url, None).unwrap();
        let [rooms, users, expenses, wallet] = stage.peer_urls();
        Self {
            db: stage.db.clone(),
            clock: stage.clock.clone(),
            zone: chrono_tz::Asia::Shanghai,
            roster: Roster::new(channel(rooms)),
            expenses: Expenses::new(channel(expenses)),
            memberships: Memberships::new(channel(users)),
            points: Points::new(channel(wallet)),
            order_life: TimeDelta::minutes(30),
        }
    }
}
