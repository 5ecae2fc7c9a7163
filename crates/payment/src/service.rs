//! What the operations of this service share.
//!
//! No rule lives here. Cheap to clone.

use durable::{Database, schedule::Schedule};
use host::Host;

/// The state of the payment service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) db: Database,
    /// The tasks; the same ones that the host runs.
    pub(crate) schedule: Schedule,
}

impl Service {
    pub(crate) fn new(host: &Host, schedule: Schedule) -> Self {
        Self { db: host.db().clone(), schedule }
    }
}
