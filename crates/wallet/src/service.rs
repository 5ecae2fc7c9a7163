//! What the operations of this service share.
//!
//! No rule lives here. Cheap to clone.

use clock::Clock;
use durable::Database;
use host::Host;

use crate::{names::Names, operations::ledger::Ledger};

/// The state of the wallet service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) names: Names,
    /// Where everything that moves money gathers.
    pub(crate) ledger: Ledger,
}

impl Service {
    /// Takes what the host has, and starts the ledger. Needs a runtime.
    pub(crate) fn new(host: &Host) -> Self {
        let names = Names::default();
        let (db, clock) = (host.db().clone(), host.clock().clone());
        Self { ledger: Ledger::start(db.clone(), names.clone()), db, clock, names }
    }
}
