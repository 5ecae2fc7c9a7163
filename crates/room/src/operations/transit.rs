//! How the expense service is kept in step with who is in a room.
//!
//! The expense service keeps a leaver's balance at zero from `CloseMember` until `ReopenMember`; who is in the room is
//! decided here. Neither call is part of our transaction, so a member carries a mark, his *transit*, with a number:
//!
//! ```text
//!                 (1) begin                     (3) commit
//!      present ─────────────► leaving n ─────────────────────► gone
//!         ▲                      │                              │
//!         │ (5) opened           │ (4) it failed                │ added or joins again
//!         └───────── entering n' ◄──────────────────────────────┘
//! ```
//!
//! 1. `leaving n` and a job "open n", due in ten seconds, are committed.
//! 2. `CloseMember` is called.
//! 3. The member is deleted on the condition that he still is `leaving n`.
//! 4. If 2 is refused or 3 fails, he is turned back to `entering`; if 2 has no answer, he stays `leaving` until the job
//!    comes or somebody tries again, which replaces n.
//! 5. `entering` alone calls `ReopenMember`; nobody can begin to leave meanwhile. Whoever comes back is written as
//!    `entering` with a job of his own, and opened before the answer.
//!
//! So a crash anywhere leaves either a member with a mark and a job that opens him, or a leaver who is closed. The
//! rule not to be broken: `ReopenMember` is called only for a member who is `entering`, so that it never meets a
//! `CloseMember` under way; the delay is longer than any call lasts.

use std::time::Duration;

use durable::{
    Tx,
    outbox::{self, Job},
};
use fault::Fault;
use prost::Message as _;

use crate::{domain::Seat, service::Service, store::members};

/// The kind of the job that carries an [`OpenMember`].
pub(crate) const OPEN_MEMBER: &str = "open_member";

/// How long a call and what follows it may take at most before the job does it instead.
const JOB_DELAY: Duration = Duration::from_secs(10);

/// Names the transit at whose end a member is open again.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(crate) struct OpenMember {
    #[prost(int64, tag = "1")]
    pub(crate) room_id: i64,
    #[prost(int64, tag = "2")]
    pub(crate) user_id: i64,
    #[prost(int64, tag = "3")]
    pub(crate) transit_id: i64,
}

/// Writes the job that ends a transit if nothing else does.
pub(super) async fn insure(tx: &mut Tx, seat: Seat, transit_id: i64) -> Result<(), Fault> {
    let payload = OpenMember { room_id: seat.room_id, user_id: seat.user_id, transit_id }.encode_to_vec();
    // A key of its own: a job that waits must not hold up another one.
    let job = Job { queue: "transit", order_key: transit_id, kind: OPEN_MEMBER, payload, delay: JOB_DELAY };
    outbox::append(tx, job).await?;
    Ok(())
}

/// Opens a member at the expense service and ends his transit, unless it has ended or another one took its place.
/// *Idempotent*: by the number of the transit.
pub(crate) async fn open_member(service: &Service, seat: Seat, transit_id: i64) -> Result<(), Fault> {
    let is_entering = {
        let mut conn = service.db.acquire().await?;
        members::begin_opening(&mut conn, seat, transit_id).await?
    };
    if !is_entering {
        return Ok(());
    }
    service.peers.reopen_member(seat).await?;
    let mut conn = service.db.acquire().await?;
    members::end_transit(&mut conn, seat, transit_id).await
}

/// Opens a member before his request is answered; if that fails, the job does it.
pub(super) async fn open_now(service: &Service, seat: Seat, transit_id: i64) {
    if let Err(fault) = open_member(service, seat, transit_id).await {
        let Seat { room_id, user_id } = seat;
        tracing::warn!(room_id, user_id, %fault, "member {user_id} of room {room_id} is opened later, by the job");
    }
}

/// Takes a failed departure back; if that fails too, the job of the departure does it.
pub(super) async fn turn_back(service: &Service, seat: Seat, failed_id: i64) {
    match enter_again(service, seat, failed_id).await {
        Ok(Some(transit_id)) => open_now(service, seat, transit_id).await,
        Ok(None) => {}
        Err(fault) => {
            let Seat { room_id, user_id } = seat;
            tracing::warn!(room_id, user_id, %fault, "member {user_id} of room {room_id} is turned back by the job");
        }
    }
}

async fn enter_again(service: &Service, seat: Seat, failed_id: i64) -> Result<Option<i64>, Fault> {
    let transit_id = service.clock.new_id();
    let mut tx = service.db.begin().await?;
    if !members::turn_back(&mut tx, seat, failed_id, transit_id).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    insure(&mut tx, seat, transit_id).await?;
    tx.commit().await?;
    Ok(Some(transit_id))
}
