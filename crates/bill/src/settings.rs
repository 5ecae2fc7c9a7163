//! The settings of the bill service: what every service has, its peers, the business zone, the life of orders.

use ::settings::{Entry, Problems, Reader, Source};
use chrono::TimeDelta;
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
    pub(crate) wallet_url: String,
    pub(crate) redis: ephemeral::Settings,
    /// How long an order waits for money.
    pub(crate) order_life: TimeDelta,
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
        wallet_url: Peer::Wallet.url(reader),
        redis: ephemeral::Settings::read_from(reader),
        order_life: order_life(reader),
    })
}

/// Reads how long an order waits for money (003-G13).
fn order_life(reader: &mut Reader) -> TimeDelta {
    let minutes: i64 = reader.parse_within(
        "ORDER_EXPIRE_MINUTES",
        "30",
        1..=1_440,
        "minutes in which an order must be paid",
    );
    TimeDelta::minutes(minutes)
}
