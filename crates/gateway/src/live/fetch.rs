//! Asking the room and user services on the hub's behalf, with the gateway's own identity.

use std::collections::{BTreeSet, HashMap, HashSet};

use fault::Fault;
use proto::{
    event::v1::Event,
    room::v1::{ListEventsRequest, ListMembershipsRequest},
    user::v1::CheckSessionsRequest,
};

use crate::peers::Peers;

/// Events in one answer.
pub(crate) const PAGE_ROWS: i32 = 500;
/// Answers in one go; what is missing after that is asked for again.
const PAGES_MAX: usize = 20;
/// What the services take at once.
const IDS_MAX: usize = 1_000;

/// Events of a room and the number of its newest one.
pub(crate) struct Found {
    pub(crate) events: Vec<Event>,
    pub(crate) newest_seq: i64,
}

/// Asks for the events of a room after a number, or for its newest number alone.
///
/// *Errors*: those of the room service.
pub(crate) async fn events(peers: &Peers, room_id: i64, after_seq: Option<i64>) -> Result<Found, Fault> {
    let Some(after_seq) = after_seq else {
        let request = ListEventsRequest { room_id, after_seq: i64::MAX, after_uid: String::new(), limit: 1 };
        let reply = peers.room().list_events(request).await?.into_inner();
        return Ok(Found { events: Vec::new(), newest_seq: reply.last_seq });
    };
    let mut found = Found { events: Vec::new(), newest_seq: after_seq };
    let mut after_seq = after_seq;
    for _ in 0..PAGES_MAX {
        let request = ListEventsRequest { room_id, after_seq, after_uid: String::new(), limit: PAGE_ROWS };
        let reply = peers.room().list_events(request).await?.into_inner();
        found.newest_seq = reply.last_seq;
        let Some(last) = reply.events.last() else { break };
        after_seq = last.seq;
        found.events.extend(reply.events);
        if after_seq >= found.newest_seq {
            break;
        }
    }
    Ok(found)
}

/// Asks for the rooms of users. *Shape*: a user without rooms may be missing.
///
/// *Errors*: those of the room service.
pub(crate) async fn memberships(
    peers: &Peers,
    user_ids: &[i64],
) -> Result<HashMap<i64, BTreeSet<i64>>, Fault> {
    let mut rooms = HashMap::with_capacity(user_ids.len());
    for user_ids in user_ids.chunks(IDS_MAX) {
        let request = ListMembershipsRequest { user_ids: user_ids.to_vec() };
        let reply = peers.room().list_memberships(request).await?.into_inner();
        let of_user = reply.memberships.into_iter();
        rooms.extend(
            of_user.map(|membership| (membership.user_id, membership.room_ids.into_iter().collect())),
        );
    }
    Ok(rooms)
}

/// Asks which sessions live.
///
/// *Errors*: those of the user service.
pub(crate) async fn living(peers: &Peers, session_ids: &HashSet<i64>) -> Result<HashSet<i64>, Fault> {
    let session_ids: Vec<_> = session_ids.iter().copied().collect();
    let mut living = HashSet::with_capacity(session_ids.len());
    for session_ids in session_ids.chunks(IDS_MAX) {
        let request = CheckSessionsRequest { session_ids: session_ids.to_vec() };
        living.extend(peers.user().check_sessions(request).await?.into_inner().live_session_ids);
    }
    Ok(living)
}
