//! What every operation needs: the database, the clock, the other services, the business zone.
//!
//! Cheap to clone. It holds no state of its own and decides nothing.

use chrono_tz::Tz;
use clock::Clock;
use durable::Database;

use crate::peers::Peers;

/// The service as its operations see it.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) peers: Peers,
    pub(crate) zone: Tz,
}
