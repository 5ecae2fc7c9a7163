//! A channel to one service, for generated clients.
//!
//! It connects when first used and again after a break, sends deadline, context and credentials with each call,
//! repeats safe calls once and follows the addresses of a host name. Streams without end are not its business:
//! the deadline holds for the whole answer.

mod call;
mod endpoint;
mod resolve;
pub(crate) mod timeout;

use std::{
    fmt,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use fault::Fault;
use futures::future::BoxFuture;
use http::{Request, Response};
use tokio::sync::watch;
use tonic::{Status, body::Body, transport};
use tower::Service;

#[cfg(test)]
pub(crate) use self::resolve::accepting;
use self::{call::Call, endpoint::Target};
use crate::{
    Credentials, context,
    meter::{Meter, Names},
};

/// What a call gets that says nothing else.
const BUDGET: Duration = Duration::from_millis(2_500);

const NAMES: Names = Names { seconds: "rpc_client_seconds", calls: "rpc_client_calls_total", whose: "peer" };

/// Reaches one service. Cheap to clone.
#[derive(Clone)]
pub struct Channel {
    inner: transport::Channel,
    peer: Arc<str>,
    meter: Arc<Meter>,
    credentials: Option<Arc<dyn Credentials>>,
    budget: Duration,
    /// How many addresses of the host are known; nothing for a plain address.
    known: Option<watch::Receiver<usize>>,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("peer", &self.peer)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

/// Prepares a channel to an address such as `http://127.0.0.1:7001` or `http://user:7001`; nothing is connected
/// yet. A host name is looked up every few seconds and its addresses are balanced, an IP address or `localhost` is
/// used as it is. To be called inside a runtime.
///
/// Each call carries the [`crate::Context`] it is made in and the credentials' token as
/// `x-service-authorization`. It may take 2.5 seconds, or what `Request::set_timeout` says, but never longer than
/// nine tenths of what is left to the context.
///
/// *Errors*: internal, if the address is none.
pub fn channel(url: &str, credentials: Option<Arc<dyn Credentials>>) -> Result<Channel, Fault> {
    let target = Target::parse(url)?;
    let peer: Arc<str> = Arc::from(target.name());
    let meter = Arc::new(Meter::new(NAMES, Arc::clone(&peer)));
    let (inner, known) = target.open();
    Ok(Channel { inner, peer, meter, credentials, budget: BUDGET, known })
}

impl Channel {
    /// Gives calls another time than 2.5 seconds.
    #[must_use]
    pub fn with_budget(self, budget: Duration) -> Self {
        Self { budget, ..self }
    }
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let held = context::current();
        let channel = self.clone();
        Box::pin(Call::run(channel, held, request))
    }
}
