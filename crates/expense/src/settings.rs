//! The settings of the expense service: those that every service has, where the room service is, the business zone.

use ::settings::{Entry, Problems, Source};
use chrono_tz::Tz;
use host::{Peer, Reading};

/// Holds what the expense service needs to live.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What every service has.
    pub host: host::Settings,
    /// Where members of rooms are asked for, and events go.
    pub room_url: String,
    /// The zone in which days are meant.
    pub zone: Tz,
}

impl Settings {
    /// Reads the settings. *Errors*: all problems at once.
    pub fn read(source: &Source) -> Result<Self, Problems> {
        let (host, (room_url, zone)) = reading(source).settings()?;
        Ok(Self { host, room_url, zone })
    }

    /// Gives what was read, for `dormpay doctor`; also where there were problems.
    pub fn entries(source: &Source) -> Vec<Entry> {
        reading(source).entries()
    }
}

fn reading(source: &Source) -> Reading<(String, Tz)> {
    host::read(source, Peer::Expense, |reader| (Peer::Room.url(reader), host::business_zone(reader)))
}
