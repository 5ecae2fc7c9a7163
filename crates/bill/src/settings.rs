//! The settings of the bill service: what every service has, its peers and the business zone.

use ::settings::{Entry, Problems, Reader, Source};
use chrono_tz::Tz;
use host::{Peer, Reading};

/// Everything the service needs to run.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) host: host::Settings,
    pub(crate) own: Own,
}

/// What this service has beside what every service has.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub(crate) zone: Tz,
    pub(crate) user_url: String,
    pub(crate) room_url: String,
    pub(crate) expense_url: String,
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
    host::read(source, Peer::Bill, |reader: &mut Reader| Own {
        zone: host::business_zone(reader),
        user_url: Peer::User.url(reader),
        room_url: Peer::Room.url(reader),
        expense_url: Peer::Expense.url(reader),
    })
}
