//! Carries news from the outbox to the services that tell them.

use durable::outbox::{JobView, Relay};
use fault::Fault;
use prost::Message as _;
use proto::{
    room::v1::{AppendEventsRequest, room_service_client::RoomServiceClient},
    user::v1::{NotifyRequest, user_service_client::UserServiceClient},
};

use crate::{KIND, News};

/// Jobs that travel together.
const TOGETHER: u16 = 100;
/// What one call of a receiver may hold.
const ONE_CALL_MAX: usize = 100;

/// Knows the way to the room and user services. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Courier {
    rooms: RoomServiceClient<rpc::Channel>,
    users: UserServiceClient<rpc::Channel>,
}

impl Courier {
    /// Prepares the connections; they are made when first used.
    pub fn new(rooms: rpc::Channel, users: rpc::Channel) -> Self {
        Self { rooms: RoomServiceClient::new(rooms), users: UserServiceClient::new(users) }
    }

    /// Lets a relay deliver news, those of many changes at once.
    #[must_use]
    pub fn serve(self, relay: Relay) -> Relay {
        relay.on_many(KIND, TOGETHER, move |jobs| {
            let courier = self.clone();
            async move { courier.deliver(&jobs).await }
        })
    }

    /// Delivers the news of some jobs, in their order. Safe to repeat: both receivers know what they have by its
    /// name.
    async fn deliver(&self, jobs: &[JobView]) -> Result<(), Fault> {
        let mut all = News::default();
        for job in jobs {
            let news = News::decode(job.payload.as_slice()).map_err(Fault::internal)?;
            all.events.extend(news.events);
            all.notifications.extend(news.notifications);
        }
        for events in all.events.chunks(ONE_CALL_MAX) {
            let request = AppendEventsRequest { events: events.to_vec() };
            self.rooms.clone().append_events(request).await.map_err(Fault::from)?;
        }
        for notifications in all.notifications.chunks(ONE_CALL_MAX) {
            let request = NotifyRequest { notifications: notifications.to_vec() };
            self.users.clone().notify(request).await.map_err(Fault::from)?;
        }
        Ok(())
    }
}
