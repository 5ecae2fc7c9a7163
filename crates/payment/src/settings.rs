//! The settings of the payment service: those of every service, the business zone, and where its peers are.
//!
//! Those of the payment channels stand in `providers`. In development what the sandbox wrote about itself counts for
//! a channel that has no account of its own. When tasks run is not a setting: contract section 9 says it. The rule not to be broken:
//! `entries` shows what `read` read.

use ::settings::{Entry, Problems, Reader, Source};
use chrono_tz::Tz;
use host::{Peer, Reading, business_zone};

use crate::providers::{self, settings::ACCOUNTS};

/// What the sandbox writes, under the data directory.
const SANDBOX: &str = "sandbox/sandbox.env";

/// Holds the settings of the payment service.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What every service needs to live.
    pub host: host::Settings,
    /// The zone in which days and the times of tasks are meant.
    pub zone: Tz,
    /// Where rooms and events are, `http://host:port`.
    pub room_url: String,
    /// Where expenses are.
    pub expense_url: String,
    /// Where bills are.
    pub bill_url: String,
    /// The payment channels that are on.
    pub channels: providers::Settings,
}

impl Settings {
    /// Reads them. *Errors*: all problems at once.
    pub fn read(source: &Source) -> Result<Self, Problems> {
        let (host, own) = reading(source).settings()?;
        let Own { zone, room_url, expense_url, bill_url, channels } = own;
        Ok(Self { host, zone, room_url, expense_url, bill_url, channels })
    }

    /// Gives what was read, for `dormpay doctor`.
    pub fn entries(source: &Source) -> Vec<Entry> {
        reading(source).entries()
    }
}

struct Own {
    zone: Tz,
    room_url: String,
    expense_url: String,
    bill_url: String,
    channels: providers::Settings,
}

fn reading(source: &Source) -> Reading<Own> {
    let sandbox = source.reader(Peer::Payment.name()).data_dir().join(SANDBOX);
    host::read(&source.with_development_file(&sandbox, "sandbox", &ACCOUNTS), Peer::Payment, take)
}

fn take(reader: &mut Reader) -> Own {
    Own {
        zone: business_zone(reader),
        room_url: Peer::Room.url(reader),
        expense_url: Peer::Expense.url(reader),
        bill_url: Peer::Bill.url(reader),
        channels: providers::Settings::take(reader),
    }
}
