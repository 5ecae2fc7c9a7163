//! What the operations of this service share.
//!
//! No rule lives here. Cheap to clone.

use durable::Database;
use host::Host;

/// The state of the risk service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) db: Database,
}

impl Service {
    pub(crate) fn new(host: &Host) -> Self {
        Self { db: host.db().clone() }
    }
}
