//! What others hear of a change: live events of the room and notifications of people.
//!
//! News are written as one job in the transaction of the change and delivered by `workers::relay`. Every event
//! and notification has a name made from what happened, so that a second delivery changes nothing. The rule not
//! to be broken: nobody is notified of what he did himself.

use chrono::{DateTime, Utc};
use durable::outbox::{self, Job};
use fault::Fault;
use prost::Message as _;
use proto::{
    event::v1::{Event, event::Payload},
    user::v1::{NewNotification, NotificationFacts, NotificationType},
};
use sqlx::PgConnection;

use crate::wire;

/// The stream of jobs in which the news of a room keep their order.
pub(crate) const QUEUE: &str = "room";

/// The kind of the job that carries [`News`].
pub(crate) const KIND: &str = "room_news";

/// News of one change of one room.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct News {
    /// For the room's event log, at most 100.
    #[prost(message, repeated, tag = "1")]
    pub(crate) events: Vec<Event>,
    /// For people, at most 100.
    #[prost(message, repeated, tag = "2")]
    pub(crate) notifications: Vec<NewNotification>,
}

/// Where, when and by whom something happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion {
    pub(crate) room_id: i64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) actor_user_id: i64,
}

impl News {
    /// Adds an event of the room under a name of its own.
    #[must_use]
    pub(crate) fn event(mut self, occasion: Occasion, uid: String, payload: Payload) -> Self {
        self.events.push(Event {
            uid,
            room_id: occasion.room_id,
            at: Some(wire::timestamp(occasion.at)),
            actor_user_id: occasion.actor_user_id,
            payload: Some(payload),
            ..Event::default()
        });
        self
    }

    /// Adds a notification for each of these users except the one who caused it.
    #[must_use]
    pub(crate) fn notify(
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

    /// Adds one notification, unless it is for the one who caused it.
    #[must_use]
    pub(crate) fn notify_one(
        self,
        user_id: i64,
        kind: NotificationType,
        uid: &str,
        facts: &NotificationFacts,
    ) -> Self {
        self.notify([user_id], kind, uid, facts)
    }

    /// Writes the news as a job of the caller's transaction. *Locks*: needs `store::ledger::lock`, which gives
    /// the news of a room the order of its changes.
    pub(crate) async fn send(self, conn: &mut PgConnection, room_id: i64) -> Result<(), Fault> {
        if self.events.is_empty() && self.notifications.is_empty() {
            return Ok(());
        }
        let payload = self.encode_to_vec();
        let job = Job { queue: QUEUE, order_key: room_id, kind: KIND, payload, delay: std::time::Duration::ZERO };
        outbox::append(conn, job).await?;
        Ok(())
    }
}
