//! The settings of the risk service: those of every service, and the business zone.
//!
//! Nothing of lists is a setting. The rule not to be broken: `entries` shows what `read` read.

use ::settings::{Entry, Problems, Source};
use chrono_tz::Tz;
use host::{Peer, Reading, business_zone};

/// Holds the settings of the risk service.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What every service needs to live.
    pub host: host::Settings,
    /// The zone in which the day of the nightly clean-up begins.
    pub zone: Tz,
}

impl Settings {
    /// Reads them. *Errors*: all problems at once.
    pub fn read(source: &Source) -> Result<Self, Problems> {
        let (host, zone) = reading(source).settings()?;
        Ok(Self { host, zone })
    }

    /// Gives what was read, for `dormpay doctor`.
    pub fn entries(source: &Source) -> Vec<Entry> {
        reading(source).entries()
    }
}

fn reading(source: &Source) -> Reading<Tz> {
    host::read(source, Peer::Risk, business_zone)
}
