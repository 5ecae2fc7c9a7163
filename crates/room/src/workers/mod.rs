//! What this service does unasked: jobs of its outbox, and the hourly purge.
//!
//! Every handler is safe to run twice. What the jobs mean is told where they are written.

mod publish;

use std::time::Duration;

use durable::{
    outbox::{JobView, Relay},
    schedule::Schedule,
};
use ephemeral::Redis;
use fault::Fault;
use prost::Message as _;
use proto::user::v1::NotifyRequest;

use crate::{
    domain::Seat,
    operations::{self, FINISH_DELETION, NOTIFY, OPEN_MEMBER, OpenMember, PUBLISH},
    service::Service,
};

/// Jobs whose events are published in one go.
const TOGETHER: u16 = 100;
const PURGE_EVERY: Duration = Duration::from_hours(1);

/// Makes the relay that carries out this service's jobs.
pub(crate) fn relay(service: &Service, redis: Redis) -> Relay {
    let (opener, deleter, notifier) = (service.clone(), service.clone(), service.clone());
    let clock = service.clock.clone();
    Relay::new(service.db.clone())
        .on_many(PUBLISH, TOGETHER, move |jobs| publish::publish(redis.clone(), clock.clone(), jobs))
        .on(OPEN_MEMBER, move |job| open_member(opener.clone(), job))
        .on(FINISH_DELETION, move |job| finish_deletion(deleter.clone(), job))
        .on(NOTIFY, move |job| notify(notifier.clone(), job))
}

/// Makes the schedule of this service. The platform's cleanup at midnight calls the same by `PurgeExpired`.
pub(crate) fn schedule(service: &Service) -> Schedule {
    let purger = service.clone();
    Schedule::new(service.db.clone()).every("room_purge", PURGE_EVERY, move || {
        let service = purger.clone();
        async move { operations::purge_expired(&service).await.map(|_| ()) }
    })
}

async fn open_member(service: Service, job: JobView) -> Result<(), Fault> {
    let OpenMember { room_id, user_id, transit_id } =
        OpenMember::decode(job.payload.as_slice()).map_err(Fault::internal)?;
    operations::open_member(&service, Seat { room_id, user_id }, transit_id).await
}

async fn finish_deletion(service: Service, job: JobView) -> Result<(), Fault> {
    operations::finish_deletion(&service, &job.payload).await
}

async fn notify(service: Service, job: JobView) -> Result<(), Fault> {
    service.peers.notify(NotifyRequest::decode(job.payload.as_slice()).map_err(Fault::internal)?).await
}
