//! What others hear of a change: live events of a room and notifications of people.
//!
//! News are written as one job in the transaction of the change and carried to the room and user services by the
//! relay. Every event and notification has a name made from what happened, so that a second delivery changes nothing.
//! What happened is not known here. The rule not to be broken: nobody is notified of what he did himself.

mod courier;

use std::time::Duration;

use chrono::{DateTime, Utc};
use durable::{
    Connection,
    outbox::{self, Job},
};
use fault::Fault;
use prost::Message as _;
use proto::{
    event::v1::{Event, event::Payload},
    user::v1::{NewNotification, NotificationFacts, NotificationType},
};

pub use courier::Courier;

/// The stream of jobs in which the news of a room keep their order.
pub const QUEUE: &str = "room";

/// The kind of the job that carries [`News`].
pub const KIND: &str = "room_news";

/// News of one change of one room.
#[derive(Clone, PartialEq, prost::Message)]
pub struct News {
    /// For the room's event log, at most 100.
    #[prost(message, repeated, tag = "1")]
    pub events: Vec<Event>,
    /// For people, at most 100.
    #[prost(message, repeated, tag = "2")]
    pub notifications: Vec<NewNotification>,
}

/// Where, when and by whom something happened.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    /// The room.
    pub room_id: i64,
    /// When, UTC.
    pub at: DateTime<Utc>,
    /// Who did it, 0 for the platform itself.
    pub actor_user_id: i64,
}

impl News {
    /// Adds an event of the room under a name of its own.
    #[must_use]
    pub fn event(mut self, occasion: Occasion, uid: String, payload: Payload) -> Self {
        let nanos = i32::try_from(occasion.at.timestamp_subsec_nanos().min(999_999_999)).unwrap_or_default();
        self.events.push(Event {
            uid,
            room_id: occasion.room_id,
            at: Some(prost_types::Timestamp { seconds: occasion.at.timestamp(), nanos }),
            actor_user_id: occasion.actor_user_id,
            payload: Some(payload),
            ..Event::default()
        });
        self
    }

    /// Adds a notification for each of these users except the one who caused it.
    #[must_use]
    pub fn notify(
        mut self,
        user_ids: impl IntoIterator<Item = i64>,
        kind: NotificationType,
        uid: &str,
        facts: &NotificationFacts,
    ) -> Self {
        for user_id in user_ids.into_iter().filter(|user_id| *user_id != facts.actor_user_id) {
            self.notifications.push(NewNotification {
                uid: format!("{uid}:{user_id}"),
                user_id,
                r#type: kind.into(),
                facts: Some(facts.clone()),
            });
        }
        self
    }

    /// Tells whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.notifications.is_empty()
    }

    /// Writes the news as a job of the caller's transaction. *Locks*: the caller holds a lock of the object that
    /// changed, which gives the news of a room the order of its changes.
    pub async fn send(self, conn: &mut Connection, room_id: i64) -> Result<(), Fault> {
        if self.is_empty() {
            return Ok(());
        }
        let payload = self.encode_to_vec();
        let job = Job { queue: QUEUE, order_key: room_id, kind: KIND, payload, delay: Duration::ZERO };
        outbox::append(conn, job).await?;
        Ok(())
    }
}
