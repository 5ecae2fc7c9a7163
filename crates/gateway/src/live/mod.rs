//! Live events over WebSocket (000-W01 to W04, 000-V01 to V15, contract section 10).
//!
//! `socket` speaks with one client, `registry` knows who hears what, `hub` drives it from Redis and from the room
//! service, `render` prints events. Events of a room reach each socket in the order of `seq` without a gap: what
//! Redis loses is fetched. The rule not to be broken: a socket hears only rooms of which its user is a member, and
//! learns within a second that he no longer is.

mod fetch;
mod frames;
mod hub;
mod listen;
mod money;
mod news;
mod open;
mod registry;
mod render;
mod resume;
mod socket;
mod topics;

use std::{sync::Arc, time::Duration};

use clock::Clock;
use identity::{Liveness, Verifier};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use self::{
    hub::{Hub, HubParts},
    open::open,
};
use crate::{layers::Origins, peers::Peers, settings::Limits};

/// Holds what sockets need. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Live(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) hub: Hub,
    pub(crate) peers: Peers,
    pub(crate) verifier: Verifier,
    pub(crate) liveness: Liveness,
    pub(crate) origins: Origins,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) stop: CancellationToken,
    /// One for each open socket.
    pub(crate) permits: Arc<Semaphore>,
    /// The sockets that are open, to be waited for at the end.
    pub(crate) tasks: TaskTracker,
}

impl Live {
    /// Puts together what sockets need.
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Waits until every socket has said goodbye, at most so long. Call it after `stop`.
    pub(crate) async fn finish(&self, at_most: Duration) {
        self.0.tasks.close();
        // What is still open after that is cut off with the process.
        let _ = tokio::time::timeout(at_most, self.0.tasks.wait()).await;
    }
}
