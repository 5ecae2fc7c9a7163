//! Runs roles until a signal, a failure or (on request) the end of standard input.
//!
//! The gateway stops first and the services after it, so that what is under way can end.

use std::{process::ExitCode, time::Duration};

use anyhow::{Result, anyhow};
use settings::{Problems, Source};
use tokio::{
    io::AsyncReadExt,
    runtime::{Builder, Runtime},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::roles::{Ready, Role};

/// How long a role may take to end before the program ends without it.
const STOP_SECONDS_MAX: u64 = 25;

/// Serves the roles. All their settings are read first, so that everything wrong is told at once.
pub(crate) fn run(roles: &[Role], source: &Source, until_stdin_ends: bool) -> Result<ExitCode> {
    let mut reader = source.reader("runtime");
    let usual = if roles.len() == 1 { "1" } else { "2" };
    let doc = "threads that serve; what computes for long has threads of its own";
    let workers: usize = reader.parse_within("DORMPAY_WORKER_THREADS", usual, 1..=64, doc);
    let mut problems = reader.finish().err().unwrap_or_default();
    let telemetry = collect(telemetry::Settings::read(source), &mut problems);
    if roles.contains(&Role::Sandbox)
        && let Ok(settings) = sandbox::Settings::read(source)
    {
        // What it writes about itself is read by the other roles in a moment.
        sandbox::prepare(&settings).map_err(|fault| anyhow!("sandbox: {}", super::whole(&fault)))?;
    }
    let ready: Vec<_> = roles.iter().filter_map(|role| collect(role.ready(source), &mut problems)).collect();
    problems.into_result()?;
    let telemetry = telemetry.ok_or_else(|| anyhow!("no telemetry settings"))?;
    let runtime = runtime(workers)?;
    let outcome = runtime.block_on(async {
        let name = match roles {
            [role] => role.name(),
            _ => "all",
        };
        let guard = telemetry::start(&telemetry, name)?;
        let outcome = serve(ready, until_stdin_ends).await;
        guard.shutdown().await;
        outcome
    });
    // After a failure too: merely dropped, the runtime would wait for the thread that reads standard input.
    runtime.shutdown_timeout(Duration::from_secs(2));
    outcome.map(|()| ExitCode::SUCCESS)
}

/// One thread needs no others to wake: of several processes on few processors each serves more that way.
fn runtime(workers: usize) -> std::io::Result<Runtime> {
    match workers {
        1 => Builder::new_current_thread().enable_all().build(),
        _ => Builder::new_multi_thread().worker_threads(workers).enable_all().build(),
    }
}

fn collect<T>(read: Result<T, Problems>, problems: &mut Problems) -> Option<T> {
    read.map_err(|found| problems.merge(found)).ok()
}

async fn serve(ready: Vec<Ready>, until_stdin_ends: bool) -> Result<()> {
    let (front, services): (Vec<_>, Vec<_>) =
        ready.into_iter().partition(|ready| ready.role == Role::Gateway);
    let (stop_front, stop_services) = (CancellationToken::new(), CancellationToken::new());
    let mut services = start(services, &stop_services);
    let mut front = start(front, &stop_front);
    let failed = tokio::select! {
        () = asked_to_stop(until_stdin_ends) => None,
        Some(ended) = services.join_next() => Some(ended),
        Some(ended) = front.join_next() => Some(ended),
    };
    tracing::info!("stopping");
    for (stop, tasks) in [(stop_front, &mut front), (stop_services, &mut services)] {
        stop.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(STOP_SECONDS_MAX), async {
            while let Some(ended) = tasks.join_next().await {
                if let Ok(Err(error)) = ended {
                    tracing::error!(%error, "a role did not end well");
                }
            }
        });
        if ended.await.is_err() {
            tracing::error!("a role did not end in {STOP_SECONDS_MAX} s and is left behind");
        }
    }
    match failed {
        None => Ok(()),
        Some(Ok(Ok(()))) => Err(anyhow!("a role ended by itself")),
        Some(Ok(Err(error))) => Err(error),
        Some(Err(panic)) => Err(anyhow!("a role panicked: {panic}")),
    }
}

fn start(ready: Vec<Ready>, stop: &CancellationToken) -> JoinSet<Result<()>> {
    let mut tasks = JoinSet::new();
    for ready in ready {
        let (name, stop) = (ready.role.name(), stop.clone());
        tasks.spawn(async move {
            ready.run(stop).await.map_err(|fault| anyhow!("{name}: {}", super::whole(&fault)))
        });
    }
    tasks
}

async fn asked_to_stop(until_stdin_ends: bool) {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    let stdin_ends = async {
        if !until_stdin_ends {
            std::future::pending::<()>().await;
        }
        let mut ignored = [0_u8; 64];
        let mut stdin = tokio::io::stdin();
        while stdin.read(&mut ignored).await.is_ok_and(|bytes| bytes > 0) {}
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
        () = stdin_ends => {}
    }
}
