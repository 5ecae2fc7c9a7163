//! The settings of the wallet service: those of every service, the business zone, limits of debits, the password key.
//!
//! Nothing of accounts is a setting. The rule not to be broken: `entries` shows what `read` read.

use ::settings::{Entry, Problems, Reader, Source};
use chrono_tz::Tz;
use host::{Peer, Reading};
use money::Minor;

use crate::{domain::Limits, password_key::PasswordKey};

/// Holds the settings of the wallet service.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) host: host::Settings,
    pub(crate) own: Own,
}

/// What this service has beside what every service has.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    /// The zone of business days.
    pub(crate) zone: Tz,
    pub(crate) user_url: String,
    pub(crate) redis: ephemeral::Settings,
    pub(crate) limits: Limits,
    /// Present once the settings have passed.
    pub(crate) password_key: Option<PasswordKey>,
}

impl Settings {
    /// Reads them. *Errors*: all problems at once.
    pub fn read(source: &Source) -> Result<Self, Problems> {
        let (mut host, own) = reading(source).settings()?;
        host.database.keeps_plans = true;
        Ok(Self { host, own })
    }

    /// Gives what was read, for `dormpay doctor`.
    pub fn entries(source: &Source) -> Vec<Entry> {
        reading(source).entries()
    }

    /// Gives the settings of the database, for the console.
    pub const fn database(&self) -> &durable::Settings {
        &self.host.database
    }
}

fn reading(source: &Source) -> Reading<Own> {
    host::read(source, Peer::Wallet, |reader: &mut Reader| Own {
        zone: host::business_zone(reader),
        user_url: Peer::User.url(reader),
        redis: ephemeral::Settings::read_from(reader),
        limits: limits(reader),
        password_key: PasswordKey::read(reader),
    })
}

/// Reads the limits of contract section 7.
fn limits(reader: &mut Reader) -> Limits {
    let mut limit = |name, default, doc| {
        let limit: Minor = reader.parse(name, default, doc);
        if !limit.is_positive() {
            reader.refuse(name, "an amount above 0 such as 200.00");
        }
        limit
    };
    Limits {
        each: limit("PAYMENT_LIMIT", "50000.00", "the most that one payment or debit may be, in CNY"),
        day: limit("PAYMENT_DAY_LIMIT", "200000.00", "the most that a user may spend in a day, in CNY"),
        small_each: limit(
            "WALLET_PASSWORDLESS_LIMIT",
            "200.00",
            "payments out of the balance up to this need no payment password, in CNY",
        ),
        small_day: limit(
            "WALLET_PASSWORDLESS_DAY_LIMIT",
            "1000.00",
            "the most that may be paid in a day without the payment password, in CNY",
        ),
    }
}
