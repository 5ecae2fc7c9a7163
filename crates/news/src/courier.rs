//! Carries news from the outbox to the services that tell them.

use durable::outbox::{JobView, Relay};
use fault::Fault;
use prost::Message as _;
use proto::{
    room::v1::{AppendEventsRequest, room_service_client::RoomServiceClient},
    user::v1::{NotifyRequest, user_service_client::UserServiceClient},
};

use crate::{KIND, News};

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

    /// Lets a relay deliver news.
    #[must_use]
    pub fn serve(self, relay: Relay) -> Relay {
        relay.on(KIND, move |job| {
            let courier = self.clone();
            async move { courier.deliver(&job).await }
        })
    }

    /// Delivers the news of one job. Safe to repeat: both receivers know what they have by its name.
    async fn deliver(&self, job: &JobView) -> Result<(), Fault> {
        let News { events, notifications } = News::decode(job.payload.as_slice()).map_err(Fault::internal)?;
        if !events.is_empty() {
            self.rooms.clone().append_events(AppendEventsRequest { events }).await.map_err(Fault::from)?;
        }
        if !notifications.is_empty() {
            self.users.clone().notify(NotifyRequest { notifications }).await.map_err(Fault::from)?;
        }
        Ok(())
    }
}
