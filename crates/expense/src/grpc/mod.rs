//! The door: decodes a request, calls one operation, encodes its answer. Decides nothing.
//!
//! Who may call which method is in the access table, what a caller may do with an object in the operations. The
//! rule not to be broken: an operation that writes runs detached from the client that waits for it.

mod expense_service;
mod method;
mod share_payments;

use std::future::Future;

use fault::Fault;
use host::Call;
use identity::Caller;
use proto::expense::v1::{
    expense_service_server::ExpenseServiceServer, share_payment_service_server::SharePaymentServiceServer,
};
use tonic::{Request, Status};

use crate::service::Service;

/// The largest request: an import of 5 MiB and what surrounds it.
pub(crate) const REQUEST_BYTES_MAX: usize = 5 * 1024 * 1024 + 64 * 1024;

/// How often an operation is tried that meets another at the same rows.
const TRIES: u32 = 3;

/// The door of this service.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    service: Service,
}

/// Makes the gRPC service.
pub(crate) fn service(service: Service) -> ExpenseServiceServer<Door> {
    ExpenseServiceServer::new(Door { service }).max_decoding_message_size(REQUEST_BYTES_MAX)
}

/// Makes the gRPC service of shares that are paid online.
pub(crate) fn share_payments(service: Service) -> SharePaymentServiceServer<Door> {
    SharePaymentServiceServer::new(Door { service })
}

impl Door {
    /// Runs an operation that writes: to its end, whatever the client does, and again after a meeting.
    async fn write<I, R, F, O>(&self, call: Call, input: I, operation: O) -> Result<R, Status>
    where
        I: Clone + Send + Sync + 'static,
        R: Send + 'static,
        O: Fn(Service, Call, I) -> F + Send + Sync + 'static,
        F: Future<Output = Result<R, Fault>> + Send + 'static,
    {
        let service = self.service.clone();
        let run = async move {
            rpc::attempts(TRIES, || operation(service.clone(), call.clone(), input.clone())).await
        };
        Ok(rpc::detached(run).await?)
    }
}

/// Gives the id of the user on whose behalf a request is made. *Errors*: `AUTH_REQUIRED`.
fn user_id<T>(request: &Request<T>) -> Result<i64, Fault> {
    Ok(Caller::of(request).user()?.id)
}
