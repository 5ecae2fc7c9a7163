//! Cutting an operation off at a milestone: by a crash of its process, or of its connections alone.
//!
//! A plan belongs to the task that runs the operation, so that tests side by side do not meet.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::sync::Notify;

tokio::task_local! {
    static PLAN: Arc<Plan>;
}

/// What happens at a milestone.
enum What {
    /// The process is gone.
    Crash(Notify),
    /// All connections to the database are gone, once.
    Disconnect { database_url: String, is_done: AtomicBool },
    /// Nothing; milestones are noted.
    Watch(Mutex<Vec<&'static str>>),
}

struct Plan {
    at: &'static str,
    what: What,
}

/// Called by operations.
pub(crate) async fn reached(name: &'static str) {
    let Ok(plan) = PLAN.try_with(Arc::clone) else { return };
    match &plan.what {
        What::Watch(seen) => seen.lock().unwrap().push(name),
        What::Crash(hit) if plan.at == name => {
            hit.notify_one();
            std::future::pending::<()>().await;
        }
        What::Disconnect { database_url, is_done }
            if plan.at == name && !is_done.swap(true, Ordering::SeqCst) =>
        {
            disconnect(database_url).await;
        }
        _ => {}
    }
}

/// Runs an operation up to a milestone and drops it there. Gives what it came to, if it was never there.
pub(super) async fn crash_at<T>(at: &'static str, operation: impl Future<Output = T>) -> Option<T> {
    let plan = Arc::new(Plan { at, what: What::Crash(Notify::new()) });
    let What::Crash(hit) = &plan.what else { unreachable!() };
    tokio::select! {
        biased;
        () = hit.notified() => None,
        came = PLAN.scope(plan.clone(), operation) => Some(came),
    }
}

/// Runs an operation whose connections to the database are cut when it is at a milestone. Tells whether it was there.
pub(super) async fn disconnect_at<T>(
    (at, database_url): (&'static str, &str),
    operation: impl Future<Output = T>,
) -> (T, bool) {
    let what = What::Disconnect { database_url: database_url.to_owned(), is_done: AtomicBool::new(false) };
    let plan = Arc::new(Plan { at, what });
    let came = PLAN.scope(plan.clone(), operation).await;
    let What::Disconnect { is_done, .. } = &plan.what else { unreachable!() };
    (came, is_done.load(Ordering::SeqCst))
}

/// Runs an operation and lists the milestones that it passed.
pub(super) async fn watch<T>(operation: impl Future<Output = T>) -> (T, Vec<&'static str>) {
    let plan = Arc::new(Plan { at: "", what: What::Watch(Mutex::default()) });
    let came = PLAN.scope(plan.clone(), operation).await;
    let What::Watch(seen) = &plan.what else { unreachable!() };
    (came, seen.lock().unwrap().clone())
}

async fn disconnect(database_url: &str) {
    let mut conn = PgConnection::connect(database_url).await.unwrap();
    let others = "select pg_terminate_backend(pid) from pg_stat_activity
                  where datname = current_database() and pid <> pg_backend_pid()";
    conn.execute(others).await.unwrap();
}
