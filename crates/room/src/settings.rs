//! The settings of the room service: what every service has, where its peers and Redis are, and the business zone.

use ::settings::{Entry, Problems, Source};
use chrono_tz::Tz;
use host::{Peer, Reading};

/// Holds everything the service needs to run.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) host: host::Settings,
    pub(crate) own: Own,
}

/// What this service has beside what every service has.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub(crate) redis: ephemeral::Settings,
    pub(crate) user_url: String,
    pub(crate) expense_url: String,
    /// The zone in which a month begins and ends.
    pub(crate) zone: Tz,
}

impl Settings {
    /// Reads them. *Errors*: all problems at once.
    pub fn read(source: &Source) -> Result<Self, Problems> {
        let (host, own) = reading(source).settings()?;
        Ok(Self { host, own })
    }

    /// Gives what was read, for `dormpay doctor`.
    pub fn entries(source: &Source) -> Vec<Entry> {
        reading(source).entries()
    }
}

fn reading(source: &Source) -> Reading<Own> {
    host::read(source, Peer::Room, |reader| Own {
        redis: ephemeral::Settings::read_from(reader),
        user_url: Peer::User.url(reader),
        expense_url: Peer::Expense.url(reader),
        zone: host::business_zone(reader),
    })
}
