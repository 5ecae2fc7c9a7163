//! What the service does unasked: gives back what bills no longer need, finishes approvals that were cut off; what
//! follows from orders is in files of its own.
//!
//! Jobs of the outbox; each is safe to run twice.

pub(crate) mod live;
pub(crate) mod orders;

use durable::outbox::Relay;
use fault::Fault;
use prost::Message as _;

use crate::{operations, peers::Sending, service::Service};

/// The stream of this service's own jobs, ordered by bill.
pub(crate) const QUEUE: &str = "bill";
/// The stream of looks at bills that may never have been finished.
pub(crate) const WATCH_QUEUE: &str = "bill_watch";
/// The stream of looks at approvals that may have been cut off.
pub(crate) const APPROVAL_QUEUE: &str = "bill_approval";
/// The job that carries [`Release`].
pub(crate) const RELEASE: &str = "bill_release";
/// The job that carries [`Approval`].
pub(crate) const APPROVAL: &str = "bill_approval";

/// Give back what this sending allocated, if the bill does not need it.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Release {
    #[prost(int64, tag = "1")]
    pub(crate) bill_id: i64,
    #[prost(int32, tag = "2")]
    pub(crate) bill_version: i32,
}

/// Finish this approval, if it is still open.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Approval {
    #[prost(int64, tag = "1")]
    pub(crate) bill_id: i64,
}

/// Lets a relay carry out this service's jobs.
pub(crate) fn serve(relay: Relay, service: &Service) -> Relay {
    let (releasing, approving) = (service.clone(), service.clone());
    relay
        .on(RELEASE, move |job| {
            let service = releasing.clone();
            async move {
                let Release { bill_id, bill_version } =
                    Release::decode(job.payload.as_slice()).map_err(Fault::internal)?;
                operations::release(&service, Sending { bill_id, version: bill_version }).await
            }
        })
        .on(APPROVAL, move |job| {
            let service = approving.clone();
            async move {
                let Approval { bill_id } =
                    Approval::decode(job.payload.as_slice()).map_err(Fault::internal)?;
                operations::finish_approval(&service, bill_id).await
            }
        })
}
