//! A service being put together: what it is made of, what runs beside its door, where the door opens.
//!
//! A service's `run` prepares a host, builds its own state from it, names what runs in the background, and opens the
//! door. Serving and stopping live in `open`. The rule not to be broken: nothing here waits for PostgreSQL or a peer.

use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc};

use clock::Clock;
use durable::{Database, audit::Sealer, outbox::Relay, schedule::Schedule};
use fault::Fault;
use identity::{Guard, Liveness, ServiceSigner, Table, Verifier};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Door, Settings, audit, open::Open};

/// What runs in the background, until its token is cancelled.
pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) run: Box<dyn FnOnce(CancellationToken) -> Running + Send>,
}

pub(crate) type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Holds what a service is made of until it opens.
pub struct Host {
    settings: Settings,
    db: Database,
    signer: Arc<ServiceSigner>,
    verifier: Verifier,
    sessions: Liveness,
    until_the_door_closes: Vec<Task>,
    after_the_door_closed: Vec<Task>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("peer", &self.settings.peer).finish_non_exhaustive()
    }
}

impl Host {
    /// Makes the database's pool and the service's own proof; connects to nothing. The audit sealer is on board.
    ///
    /// *Errors*: internal, if an address or key cannot be used.
    pub async fn prepare(settings: Settings, clock: Clock) -> Result<Self, Fault> {
        let signer = settings.identity.signer(settings.peer.name(), clock.clone())?;
        let db = Database::connect(&settings.database, clock).await?;
        let sealer = Sealer::new(db.clone());
        let sealing = task("audit sealer", |stop| sealer.run(stop));
        let verifier = settings.identity.verifier(db.clock().clone());
        let sessions = Liveness::new(rpc::channel(&settings.user_url, Some(signer.clone()))?);
        Ok(Self {
            settings,
            db,
            signer,
            verifier,
            sessions,
            until_the_door_closes: Vec::new(),
            after_the_door_closed: vec![sealing],
        })
    }

    /// Gives the service's database.
    pub const fn db(&self) -> &Database {
        &self.db
    }

    /// Gives the service's clock.
    pub fn clock(&self) -> &Clock {
        self.db.clock()
    }

    /// Makes a channel to a peer that carries the caller's token on and this service's own beside it.
    pub fn channel(&self, url: &str) -> Result<rpc::Channel, Fault> {
        rpc::channel(url, Some(self.signer.clone()))
    }

    /// Makes a guard that knows what the one at the door knows: for calls that bring the tokens of several users.
    pub fn guard(&self, table: Table) -> Guard {
        Guard::new(self.verifier.clone(), self.sessions.clone(), table)
    }

    /// Checks sessions elsewhere than at the user service: the user service itself does, and tests.
    #[must_use]
    pub fn sessions(mut self, sessions: Liveness) -> Self {
        self.sessions = sessions;
        self
    }

    /// Takes a relay on board. It delivers until the door has closed, so that what the last calls wrote goes out.
    #[must_use]
    pub fn relay(mut self, relay: Relay) -> Self {
        self.after_the_door_closed.push(task("relay", |stop| relay.run(stop)));
        self
    }

    /// Takes a schedule on board. It stops with the door.
    #[must_use]
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.until_the_door_closes
            .push(task("schedule", move |stop| async move { schedule.run(stop).await }));
        self
    }

    /// Takes any other work on board that outlives its own faults and ends soon after its token is cancelled. It
    /// stops with the door.
    #[must_use]
    pub fn worker<F, R>(mut self, name: &'static str, work: F) -> Self
    where
        F: FnOnce(CancellationToken) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        self.until_the_door_closes.push(task(name, work));
        self
    }

    /// Binds the addresses and hangs guard, health, reflection and audit to the door.
    ///
    /// *Errors*: internal, if an address is taken.
    pub async fn open(self, door: Door) -> Result<Open, Fault> {
        let guard = self.guard(door.table);
        let (name, db) = (self.settings.peer.name(), self.db.clone());
        let server = rpc::Server::builder(name, self.settings.grpc_addr)
            .access(guard)
            .descriptor(proto::FILE_DESCRIPTOR_SET)
            .add(audit::service(db.clone()))
            .readiness(move || {
                let db = db.clone();
                Box::pin(async move { db.health().await.is_ready })
            });
        let server = door.hang(server).bind().await?;
        let operations = match self.settings.operations_addr {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        Ok(Open {
            name,
            db: self.db,
            server,
            operations,
            until_the_door_closes: self.until_the_door_closes,
            after_the_door_closed: self.after_the_door_closed,
        })
    }
}

fn task<F, R>(name: &'static str, work: F) -> Task
where
    F: FnOnce(CancellationToken) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    Task { name, run: Box::new(move |stop| Box::pin(work(stop))) }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Fault> {
    rpc::listen(address).await.map_err(Fault::from)
}
