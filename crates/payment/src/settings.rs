//! The settings of the payment service: those of every service, the business zone, rules of payments, its peers.
//!
//! Those of the payment channels stand in `providers`. In development what the sandbox wrote about itself counts for
//! a channel that has no account of its own. When tasks run is not a setting: contract section 9 says it. The rule not to be broken:
//! `entries` shows what `read` read.

use ::settings::{Entry, Problems, Reader, Source};
use chrono_tz::Tz;
use host::{Peer, Reading, business_zone};
use money::Minor;

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
    /// Where bills and orders are.
    pub bill_url: String,
    /// Where the ledger is.
    pub wallet_url: String,
    /// Where Redis is.
    pub redis: ephemeral::Settings,
    /// How payments are dealt with.
    pub rules: Rules,
    /// The payment channels that are on.
    pub channels: providers::Settings,
    /// How long providers may take.
    pub provider_limits: providers::Limits,
}

/// Says how payments are dealt with.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long an attempt and its code live. *Units*: minutes.
    pub qr_minutes: i64,
    /// Questions to the provider that come quickly.
    pub quick_queries_max: i32,
    /// The most that one payment may be.
    pub each_max: Minor,
    /// The most that a user may spend in a day.
    pub day_max: Minor,
}

impl Settings {
    /// Reads them. *Errors*: all problems at once.
    pub fn read(source: &Source) -> Result<Self, Problems> {
        let (host, own) = reading(source).settings()?;
        let Own { zone, room_url, expense_url, bill_url, wallet_url, redis, rules, channels } = own;
        let provider_limits = providers::Limits::default();
        Ok(Self {
            host,
            zone,
            room_url,
            expense_url,
            bill_url,
            wallet_url,
            redis,
            rules,
            channels,
            provider_limits,
        })
    }

    /// Reads the channels alone, for `dormpay doctor callback`. *Errors*: all their problems at once.
    pub fn channels(source: &Source) -> Result<providers::Settings, Problems> {
        let mut reader = with_sandbox(source).reader(Peer::Payment.name());
        let channels = providers::Settings::take(&mut reader);
        reader.finish()?;
        Ok(channels)
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
    wallet_url: String,
    redis: ephemeral::Settings,
    rules: Rules,
    channels: providers::Settings,
}

fn reading(source: &Source) -> Reading<Own> {
    host::read(&with_sandbox(source), Peer::Payment, take)
}

/// Adds what the sandbox wrote about itself.
fn with_sandbox(source: &Source) -> Source {
    let sandbox = source.reader(Peer::Payment.name()).data_dir().join(SANDBOX);
    source.with_development_file(&sandbox, "sandbox", &ACCOUNTS)
}

fn take(reader: &mut Reader) -> Own {
    Own {
        zone: business_zone(reader),
        room_url: Peer::Room.url(reader),
        expense_url: Peer::Expense.url(reader),
        bill_url: Peer::Bill.url(reader),
        wallet_url: Peer::Wallet.url(reader),
        redis: ephemeral::Settings::read_from(reader),
        rules: rules(reader),
        channels: providers::Settings::take(reader),
    }
}

/// Reads the rules of payments; the two limits are those of the wallet too.
fn rules(reader: &mut Reader) -> Rules {
    let qr = "how long a payment and its code live unless the payer says otherwise, in minutes";
    let quick = "questions about a payment that come quickly, before they come every 5 minutes";
    let each = "the most that one payment or debit may be, in CNY";
    let day = "the most that a user may spend in a day, in CNY";
    Rules {
        qr_minutes: reader.parse_within("QR_CODE_EXPIRE_MINUTES", "15", 1..=1_440, qr),
        quick_queries_max: reader.parse_within("PAYMENT_QUERY_RETRY_MAX", "5", 0..=100, quick),
        each_max: reader.parse("PAYMENT_LIMIT", "50000.00", each),
        day_max: reader.parse("PAYMENT_DAY_LIMIT", "200000.00", day),
    }
}
