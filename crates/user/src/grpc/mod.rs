//! The door: decode, call one operation, encode.
//!
//! Writes run detached, so that a client who hangs up cannot cut them in half, and are tried again when two collide.
//! Nothing is decided here.

mod membership;
mod stream;
mod user;

use std::future::Future;

use fault::Fault;
use host::{Answer, Call};
use prost::Message;
use tonic::{Request, Response, Status};

use crate::service::Service;

/// How often an operation is tried that collides with another.
const TRIES: u32 = 3;

/// Holds the state that every call needs.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    service: Service,
}

impl Door {
    pub(crate) const fn new(service: Service) -> Self {
        Self { service }
    }

    /// Carries out a call that changes something.
    async fn write<M, R, F, Run>(
        &self,
        method: &str,
        request: Request<M>,
        run: Run,
    ) -> Result<Response<R>, Status>
    where
        M: Message + Clone + 'static,
        R: Send + 'static,
        F: Future<Output = Result<Answer<R>, Fault>> + Send + 'static,
        Run: Fn(Service, Call, M) -> F + Send + Sync + 'static,
    {
        let call = Call::veiled(&request, method, self.service.vault.clone())?;
        let (service, message) = (self.service.clone(), request.into_inner());
        let operation =
            async move { rpc::attempts(TRIES, || run(service.clone(), call.clone(), message.clone())).await };
        Ok(rpc::detached(operation).await?.into())
    }

    /// Carries out a call that only reads.
    async fn read<M, R, F>(
        &self,
        request: Request<M>,
        run: impl FnOnce(Service, Call, M) -> F,
    ) -> Result<Response<R>, Status>
    where
        M: Message,
        F: Future<Output = Result<R, Fault>>,
    {
        let call = Call::of(&request, "");
        Ok(Response::new(run(self.service.clone(), call, request.into_inner()).await?))
    }
}
