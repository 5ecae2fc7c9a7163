//! What every operation needs: the database, the clock, the other services, the business zone.
//!
//! Cheap to clone. It holds no state of its own and decides nothing.

use chrono::NaiveDate;
use chrono_tz::Tz;
use clock::Clock;
use durable::Database;
use fault::Fault;
use host::Host;
use roster::Roster;

use crate::{
    operations::{self, creations::Creations},
    people::People,
    settings::Settings,
};

/// The service as its operations see it.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) roster: Roster,
    pub(crate) people: People,
    /// Where single new expenses gather.
    pub(crate) creations: Creations,
    /// The zone in which a day begins and ends.
    pub(crate) zone: Tz,
}

impl Service {
    /// Takes what the host has and prepares the channels to the room and user services.
    pub(crate) fn new(host: &Host, settings: &Settings) -> Result<Self, Fault> {
        Ok(Self {
            db: host.db().clone(),
            clock: host.clock().clone(),
            roster: Roster::new(host.channel(&settings.room_url)?),
            creations: operations::creations::start(host.db().clone()),
            people: People::new(host.channel(&settings.host.user_url)?),
            zone: settings.zone,
        })
    }

    /// Gives today's date in the business zone.
    pub(crate) fn today(&self) -> NaiveDate {
        clock::business_date(self.clock.now(), self.zone)
    }
}
