//! What operators ask a process: its metrics, whether it lives, whether it is ready.
//!
//! This is a router to be mounted on the operations listener, never on a public one. What readiness depends on
//! is told by the part that mounts it. Living means that the process answers; a database that is away makes a
//! process unready, not dead.

use std::{future::Future, io, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header::CONTENT_TYPE};
use serde::Serialize;
use serde_json::json;
use tokio::{net::TcpListener, time};

use crate::render_metrics;

const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const CHECKS_TIMEOUT: Duration = Duration::from_secs(2);

/// Tells about one thing that readiness depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked, such as `postgres`.
    pub name: String,
    /// Whether it is usable.
    pub ok: bool,
    /// What an operator should know about it; may be empty. Never a secret.
    pub detail: String,
}

impl Check {
    /// Says that a thing is usable.
    pub fn ok(name: impl Into<String>) -> Self {
        Self { name: name.into(), ok: true, detail: String::new() }
    }

    /// Says that a thing is not usable, and why.
    pub fn failed(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), ok: false, detail: detail.into() }
    }
}

/// The checks, being made.
pub type Checks = Pin<Box<dyn Future<Output = Vec<Check>> + Send>>;

type Ready = Arc<dyn Fn() -> Checks + Send + Sync>;

/// Serves `/metrics`, `/health/live`, `/health/ready` and `/health`, which answers as `/health/ready`.
///
/// *Shape*: ready is 200 when every check passes within two seconds, else 503; the body lists the checks.
pub fn operations_router(ready: impl Fn() -> Checks + Send + Sync + 'static) -> Router {
    let ready: Ready = Arc::new(ready);
    Router::new()
        .route("/metrics", get(metrics))
        .route("/health/live", get(live))
        .route("/health/ready", get(readiness))
        .route("/health", get(readiness))
        .with_state(ready)
}

/// Serves the operations router on a listener until `stop` ends.
pub async fn serve_operations(
    listener: TcpListener,
    ready: impl Fn() -> Checks + Send + Sync + 'static,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, operations_router(ready)).with_graceful_shutdown(stop).await
}

async fn metrics() -> impl IntoResponse {
    ([(CONTENT_TYPE, PROMETHEUS_TEXT)], render_metrics())
}

async fn live() -> impl IntoResponse {
    Json(json!({ "status": "live" }))
}

async fn readiness(State(ready): State<Ready>) -> Response {
    let checks = time::timeout(CHECKS_TIMEOUT, ready())
        .await
        .unwrap_or_else(|_| vec![Check::failed("checks", "no answer within 2 s")]);
    let is_ready = checks.iter().all(|check| check.ok);
    let (status, word) =
        if is_ready { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not_ready") };
    (status, Json(json!({ "status": word, "checks": checks }))).into_response()
}
