//! What the operations of this service share.
//!
//! No rule lives here. Cheap to clone.

use chrono::NaiveDate;
use chrono_tz::Tz;
use clock::Clock;
use durable::Database;
use ephemeral::Redis;
use fault::Fault;
use host::Host;

use crate::{
    changes::Changes, domain::Limits, names::Names, operations::ledger::Ledger, password_key::PasswordKey,
    passwords::Passwords, people::People, settings::Own,
};

/// The state of the wallet service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) names: Names,
    /// Where everything that moves money gathers.
    pub(crate) ledger: Ledger,
    pub(crate) changes: Changes,
    pub(crate) limits: Limits,
    pub(crate) password_key: PasswordKey,
    pub(crate) passwords: Passwords,
    pub(crate) people: People,
    zone: Tz,
}

impl Service {
    /// Takes what the host has, and starts the ledger. Needs a runtime. *Errors*: internal, without a key.
    pub(crate) fn new(host: &Host, own: &Own) -> Result<Self, Fault> {
        let names = Names::default();
        let (db, clock) = (host.db().clone(), host.clock().clone());
        let changes = Changes::new(Redis::connect(&own.redis, clock.clone()), clock.clone());
        let key = own.password_key.clone();
        let password_key = key.ok_or_else(|| Fault::internal("there is no key for payment passwords"))?;
        Ok(Self {
            ledger: Ledger::start(&db, names.clone(), changes.clone())?,
            passwords: Passwords::new(&password_key, clock.clone())?,
            people: People::new(host.channel(&own.user_url)?),
            limits: own.limits,
            zone: own.zone,
            db,
            clock,
            names,
            changes,
            password_key,
        })
    }

    /// Gives the present business day.
    pub(crate) fn today(&self) -> NaiveDate {
        clock::business_date(self.clock.now(), self.zone)
    }
}
