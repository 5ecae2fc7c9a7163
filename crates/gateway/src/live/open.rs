//! Opening a socket: origin, capacity, upgrade (000-W01).

use std::sync::Arc;

use axum::{
    extract::{
        State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse as _, Response},
};
use fault::Fault;
use http::HeaderMap;

use super::{Live, socket};
use crate::{callers::Anyone, problem::Problem, visit::Visit};

/// The size of a client's frame, in bytes (contract section 10).
pub(super) const FRAME_BYTES_MAX: usize = 64 * 1024;
/// What is read at most, so that a frame that is a little too large is answered with a proper close.
const READ_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX;
/// What may wait in front of a slow reader's connection, beside the queue.
const WRITE_BYTES_MAX: usize = 1024 * 1024;
const FULL_RETRY_SECONDS: u32 = 5;

/// Opens a socket. Who is there is said in its first frame.
pub(crate) async fn open(
    _: Anyone,
    State(live): State<Live>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match permit(&live, &headers, upgrade) {
        Ok(response) => response,
        Err(fault) => Problem::from(fault).into_response(),
    }
}

fn permit(
    live: &Live,
    headers: &HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Fault> {
    let upgrade = upgrade.map_err(|_| Fault::validation("upgrade", "must be a WebSocket handshake"))?;
    if !live.0.origins.may_open_socket(headers) {
        return Err(Fault::forbidden("origin: pages of this origin may not open sockets"));
    }
    let permit = Arc::clone(&live.0.permits)
        .try_acquire_owned()
        .map_err(|_| Fault::unavailable("too many sockets are open").with_retry_after(FULL_RETRY_SECONDS))?;
    let (live, visit) = (live.clone(), Visit::new(Visit::request_id(), Visit::language(), Visit::face()));
    let upgrade = upgrade
        .max_message_size(READ_BYTES_MAX)
        .max_frame_size(READ_BYTES_MAX)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| {
        let tasks = live.0.tasks.clone();
        tasks.track_future(async move {
            metrics::gauge!("live_sockets").increment(1);
            visit.scope(socket::run(live, socket)).await;
            metrics::gauge!("live_sockets").decrement(1);
            drop(permit);
        })
    }))
}
