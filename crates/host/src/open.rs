//! A service that is bound and serves, until it is told to stop; then it ends in order.
//!
//! First the door closes, and with it the schedule and the workers; then, when the last call has ended, the relay and
//! the sealer; then the database. The rule not to be broken: each wait has a bound, and their sum stays below the time
//! that the program gives a role.

use std::{net::SocketAddr, time::Duration};

use durable::Database;
use fault::Fault;
use telemetry::Check;
use tokio::{
    net::TcpListener,
    task::{JoinError, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::host::Task;

/// The door gives calls fifteen seconds, the schedule gives runs ten.
const DOOR_SECONDS_MAX: u64 = 16;
/// The relay gives deliveries five seconds.
const AFTER_SECONDS_MAX: u64 = 6;

type Ended = (&'static str, Result<(), Fault>);
type Tasks = JoinSet<Ended>;

/// Holds a service that is bound to its addresses.
pub struct Open {
    pub(crate) name: &'static str,
    pub(crate) db: Database,
    pub(crate) server: rpc::Bound,
    pub(crate) operations: Option<TcpListener>,
    pub(crate) until_the_door_closes: Vec<Task>,
    pub(crate) after_the_door_closed: Vec<Task>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Open {
    /// Gives the address of the gRPC door, with the port that was found for port 0.
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Gives the address of the operations listener, if there is one.
    pub fn operations_address(&self) -> Option<SocketAddr> {
        self.operations.as_ref()?.local_addr().ok()
    }

    /// Serves until `stop`, then ends in order, within 25 seconds.
    ///
    /// *Errors*: internal, if the door or anything in the background ends by itself.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), Fault> {
        let (name, db) = (self.name, self.db.clone());
        let (close, end) = (CancellationToken::new(), CancellationToken::new());
        let (mut early, mut late) = (Tasks::new(), Tasks::new());
        self.start(&mut early, &close, &mut late, &end);
        let outcome = tokio::select! {
            () = stop.cancelled() => Ok(()),
            ended = early.join_next() => Err(by_itself(ended)),
            ended = late.join_next() => Err(by_itself(ended)),
        };
        close.cancel();
        let calls = drain(name, &mut early, DOOR_SECONDS_MAX).await;
        end.cancel();
        let rest = drain(name, &mut late, AFTER_SECONDS_MAX).await;
        db.close().await;
        tracing::info!(service = name, "{name} has ended");
        outcome.and(calls).and(rest)
    }

    fn start(self, early: &mut Tasks, close: &CancellationToken, late: &mut Tasks, end: &CancellationToken) {
        let (server, closing) = (self.server, close.clone());
        early.spawn(async move { ("gRPC server", server.serve(closing).await.map_err(Fault::from)) });
        for (tasks, set, stop) in
            [(self.until_the_door_closes, &mut *early, close), (self.after_the_door_closed, &mut *late, end)]
        {
            for task in tasks {
                let running = (task.run)(stop.clone());
                set.spawn(async move {
                    running.await;
                    (task.name, Ok(()))
                });
            }
        }
        if let Some(listener) = self.operations {
            late.spawn(operations(listener, self.db, end.clone()));
        }
    }
}

async fn operations(listener: TcpListener, db: Database, stop: CancellationToken) -> Ended {
    let ready = move || -> telemetry::Checks {
        let db = db.clone();
        Box::pin(async move {
            let health = db.health().await;
            vec![Check { name: "postgres".to_owned(), ok: health.is_ready, detail: health.detail }]
        })
    };
    let served = telemetry::serve_operations(listener, ready, stop.cancelled_owned()).await;
    ("operations listener", served.map_err(Fault::internal))
}

/// Says what ended although nobody asked it to.
fn by_itself(ended: Option<Result<Ended, JoinError>>) -> Fault {
    match ended {
        Some(Ok((name, Ok(())))) => Fault::internal(format!("the {name} ended by itself")),
        Some(Ok((name, Err(fault)))) => fault.with_internal(format!("the {name} failed")),
        Some(Err(error)) => Fault::internal(error),
        None => Fault::internal("there was nothing to run"),
    }
}

/// Lets tasks end, and leaves those behind that do not.
async fn drain(service: &str, tasks: &mut Tasks, seconds_max: u64) -> Result<(), Fault> {
    let mut outcome = Ok(());
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            outcome = std::mem::replace(&mut outcome, Ok(())).and(match ended {
                Ok((_, ended)) => ended,
                Err(error) => Err(Fault::internal(error)),
            });
        }
    };
    if timeout(Duration::from_secs(seconds_max), all).await.is_err() {
        tracing::warn!(service, left = tasks.len(), "{service} left work behind at its end");
    }
    outcome
}
