//! The payment service in sentences, over its real door, a real database and peers of the test's own.

mod access;
pub(crate) mod hard;
mod life;
mod payments;
mod peers;
mod providers;
mod sandbox;
mod scale;
mod timetable;
mod trigger;
mod withdrawals;

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Asia::Shanghai;
use clock::Clock;
use fault::Fault;
use host::{
    Peer,
    testing::{Served, Visitor},
};
use identity::testing::Keys;
use proto::payment::v1::{
    GetTaskStatusRequest, TaskStatus, TaskType, TriggerTaskRequest, TriggerTaskResponse,
    payment_service_client::PaymentServiceClient,
};
use testkit::TestDb;
use tokio::time::{sleep, timeout};

use self::peers::Fakes;
use crate::{MIGRATIONS, Settings, peers::Peers, service::Service, workers};

/// Everything a test turns: a database, a clock, and the peers.
struct Stage {
    test_db: TestDb,
    clock: Clock,
    keys: Keys,
    fakes: Fakes,
}

/// At 20:00 in Shanghai.
fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

impl Stage {
    async fn new() -> Self {
        testkit::trace();
        let test_db = testkit::database(&MIGRATIONS).await;
        let clock = Clock::manual(noon());
        let keys = Keys::new(&clock);
        let fakes = Fakes::serve(&keys).await;
        Self { test_db, clock, keys, fakes }
    }

    fn settings(&self) -> Settings {
        let mut host = host::testing::settings(Peer::Payment, &self.test_db.url, &self.keys);
        let url = self.fakes.url.clone();
        host.user_url.clone_from(&url);
        let channels = crate::providers::Settings::default();
        Settings {
            host,
            zone: Shanghai,
            room_url: url.clone(),
            expense_url: url.clone(),
            bill_url: url.clone(),
            wallet_url: url,
            redis: ephemeral::Settings::at(testkit::redis_url()),
            rules: payments::rules(),
            channels,
            provider_limits: providers::limits(),
        }
    }

    async fn host(&self) -> host::Host {
        let clock = self.clock.clone();
        host::testing::host(Peer::Payment, &self.test_db.url, &self.keys, clock).await.unwrap()
    }

    /// One copy of the service without a door, whose schedule runs when the test says so.
    async fn copy(&self) -> Service {
        let host = self.host().await;
        let peers = Peers::new(&host, &self.settings()).unwrap().with_pause(Duration::from_millis(1));
        Service::new(&host, &self.settings(), workers::schedule(host.db(), &peers, Shanghai)).unwrap()
    }

    /// One copy of the service that serves.
    async fn served(&self) -> Served {
        let open = crate::open(self.host().await, &self.settings()).await.unwrap();
        Served::start(open, self.keys.clone())
    }
}

async fn trigger(visitor: &Visitor, task: TaskType) -> Result<TriggerTaskResponse, Fault> {
    let request = TriggerTaskRequest { task_type: task.into() };
    Ok(PaymentServiceClient::new(visitor.line()).trigger_task(request).await?.into_inner())
}

async fn status(visitor: &Visitor, task: TaskType) -> TaskStatus {
    let reply = PaymentServiceClient::new(visitor.line()).get_task_status(GetTaskStatusRequest {}).await;
    let tasks = reply.unwrap().into_inner().tasks;
    tasks.into_iter().find(|status| status.task_type() == task).unwrap()
}

/// Waits until runs of a task have ended, well or badly, so many times.
async fn ended(visitor: &Visitor, task: TaskType, runs: i64) -> TaskStatus {
    let ended = async {
        loop {
            let status = status(visitor, task).await;
            if status.success_count + status.failure_count >= runs {
                return status;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), ended).await.unwrap()
}
