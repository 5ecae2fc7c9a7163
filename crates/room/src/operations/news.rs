//! What others hear of a change: events of the room's own log, and a notification for who was added.
//!
//! Both are written in the transaction of the change. The rule not to be broken: nobody is notified of what he did
//! himself.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use durable::{
    Tx,
    outbox::{self, Job},
};
use fault::Fault;
use host::timestamp;
use prost::Message as _;
use proto::{
    event::v1::{Event, MemberChange, MemberChanged, RoomUpdated, event::Payload},
    user::v1::{NewNotification, NotificationFacts, NotificationType, NotifyRequest},
};

use super::append_events::store;
use crate::{
    domain::{Member, Room},
    service::Service,
};

/// The kind of the job that carries a `NotifyRequest`.
pub(crate) const NOTIFY: &str = "notify";

/// Who changed a room, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occasion {
    pub(super) actor_id: i64,
    pub(super) at: DateTime<Utc>,
}

/// Writes the events of one change of a room into its log. *Locks*: the room's log; needs the lock of the room.
pub(super) async fn tell(
    service: &Service,
    tx: &mut Tx,
    room_id: i64,
    occasion: Occasion,
    payloads: Vec<Payload>,
) -> Result<(), Fault> {
    let event = |payload| Event {
        uid: format!("room:{}", service.clock.new_uuid()),
        room_id,
        at: Some(timestamp(occasion.at)),
        actor_user_id: occasion.actor_id,
        payload: Some(payload),
        ..Event::default()
    };
    let events = payloads.into_iter().map(event).collect();
    store(tx, BTreeMap::from([(room_id, events)]), occasion.at).await
}

/// Says that a room has a new name, description or owner, or is gone.
pub(super) fn updated(room: &Room, is_deleted: bool) -> Payload {
    Payload::RoomUpdated(RoomUpdated {
        room_id: room.id,
        name: room.name.clone(),
        description: room.description.clone(),
        owner_id: room.owner_id,
        deleted: is_deleted,
    })
}

/// Says that somebody came, went, or has another role (000-V13).
pub(super) fn member(change: MemberChange, member: &Member) -> Payload {
    Payload::RoomMemberChanged(MemberChanged {
        user_id: member.user_id,
        change: change.into(),
        role: member.role.as_str().to_owned(),
    })
}

/// Writes the job that tells somebody that he was added to a room, unless he added himself.
pub(super) async fn notify_joined(
    service: &Service,
    tx: &mut Tx,
    room: &Room,
    user_id: i64,
    actor_id: i64,
) -> Result<(), Fault> {
    if user_id == actor_id {
        return Ok(());
    }
    let notification = NewNotification {
        uid: format!("room_joined:{}:{user_id}:{}", room.id, service.clock.new_id()),
        user_id,
        r#type: NotificationType::RoomJoined.into(),
        facts: Some(NotificationFacts {
            room_id: room.id,
            room_name: room.name.clone(),
            actor_user_id: actor_id,
            ..NotificationFacts::default()
        }),
    };
    let payload = NotifyRequest { notifications: vec![notification] }.encode_to_vec();
    let job = Job { queue: "notification", order_key: user_id, kind: NOTIFY, payload, delay: Duration::ZERO };
    outbox::append(tx, job).await?;
    Ok(())
}
