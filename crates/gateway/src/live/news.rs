//! What passes between the hub and its sockets, and what an event means for who is in a room.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use proto::event::v1::{Event, MemberChange, MemberChanged, event::Payload};
use tokio::sync::{mpsc, oneshot, watch};

use super::{render, topics::Topics};

/// Names a socket in this process.
pub(crate) type SocketId = u64;

/// What a socket gets from the hub.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// An event.
    News(Arc<News>),
    /// From now on the room is heard; everything after `last_seq` will come.
    Joined { room_id: i64, last_seq: i64 },
}

/// A printed event.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) topics: Topics,
    /// Room and sequence number; none for events of one user or of the system.
    pub(crate) place: Option<(i64, i64)>,
    pub(crate) text: Utf8Bytes,
}

/// Why the hub ends a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It reads too slowly.
    Slow,
    /// Its session has ended.
    SessionEnded,
}

/// A socket that comes in.
#[derive(Debug)]
pub(crate) struct Newcomer {
    pub(crate) id: SocketId,
    pub(crate) user_id: i64,
    pub(crate) session_id: i64,
    pub(crate) queue: mpsc::Sender<Item>,
    pub(crate) end: watch::Sender<Option<Ending>>,
    /// Told when every room of the user is heard; dropped when there are too many sockets of one user.
    pub(crate) entered: oneshot::Sender<()>,
}

/// What the registry needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The events of a room after a number; none asks for the newest number alone.
    Events { room_id: i64, after_seq: Option<i64> },
    /// The rooms of these users.
    Memberships(Vec<i64>),
}

/// Prints an event for the queues of sockets; none when we do not know it.
pub(crate) fn news(event: Event) -> Option<Item> {
    let place = (event.room_id != 0).then_some((event.room_id, event.seq));
    let printed = render::event(event)?;
    Some(Item::News(Arc::new(News { topics: printed.topics, place, text: printed.text.into() })))
}

fn member_change(event: &Event) -> Option<&MemberChanged> {
    match &event.payload {
        Some(Payload::RoomMemberChanged(change)) => Some(change),
        _ => None,
    }
}

/// Gives the user whom an event brings into its room.
pub(crate) fn newcomer_of(event: &Event) -> Option<i64> {
    member_change(event).filter(|change| change.change() == MemberChange::Added).map(|change| change.user_id)
}

/// Gives the user whom an event takes out of its room.
pub(crate) fn removed_by(event: &Event) -> Option<i64> {
    member_change(event)
        .filter(|change| change.change() == MemberChange::Removed)
        .map(|change| change.user_id)
}
