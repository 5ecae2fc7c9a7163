//! What all rooms of the sandbox share: clock, store, keys, faults; and how a request passes the faults.
//!
//! Nothing here knows a provider's words. The rule not to be broken: an effect is durable before the answer leaves.

use std::{future::Future, sync::Arc, time::Duration};

use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use clock::Clock;
use futures::stream;
use http::StatusCode;
use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    faults::{Faults, Kind, Operation},
    keys::Keys,
    notices::Sender,
    store::Store,
    trades::Provider,
    webhooks::Webhooks,
    wechat,
};

/// How long a request is held that is never answered.
const SILENCE: Duration = Duration::from_mins(5);
const SLOW: Duration = Duration::from_secs(3);

/// What all rooms share. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) keys: Arc<Keys>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) webhooks: Arc<Webhooks>,
    pub(crate) sender: Sender,
    /// How the sandbox is reached, without a slash at the end.
    pub(crate) url: Arc<str>,
    pub(crate) time_scale: u32,
    /// Wakes the worker; the store does it after each change.
    pub(crate) wake: Arc<Notify>,
    pub(crate) stop: CancellationToken,
}

impl Desk {
    /// Shortens a wait by the scale of time.
    pub(crate) fn scaled(&self, wait: Duration) -> Duration {
        wait.checked_div(self.time_scale.max(1)).unwrap_or_default()
    }

    /// Gives the address of a trade's cashier page.
    pub(crate) fn cashier(&self, token: &str) -> String {
        format!("{}/cashier/{token}", self.url)
    }

    /// Answers a request, unless a fault has it otherwise. `broken` is the provider's answer to trouble of its own.
    pub(crate) async fn pass(
        &self,
        (provider, number, operation): (Provider, Option<&str>, Operation),
        broken: impl FnOnce() -> Response + Send,
        work: impl Future<Output = Response> + Send,
    ) -> Response {
        let Some(fault) = self.faults.take(provider, number, operation) else { return work.await };
        if fault.kind == Kind::Slow {
            sleep(fault.wait().unwrap_or(SLOW)).await;
        }
        let answer = if fault.kind.is_after() { Some(work.await) } else { None };
        match fault.kind {
            Kind::Timeout | Kind::TimeoutBefore => {
                tokio::select! {
                    () = sleep(fault.wait().unwrap_or(SILENCE)) => {}
                    () = self.stop.cancelled() => {}
                }
                broken_off()
            }
            Kind::ErrorBefore | Kind::ErrorAfter => broken(),
            Kind::Probe => answer.map_or_else(broken, |answer| wechat::as_probe(answer, &self.clock)),
            Kind::ResetBefore | Kind::ResetAfter => broken_off(),
            _ => answer.unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        }
    }
}

/// An answer that breaks off: the connection is reset before its body came.
fn broken_off() -> Response {
    let body = stream::once(async { Err::<Vec<u8>, _>(std::io::Error::other("broken off on purpose")) });
    Response::new(Body::from_stream(body))
}
