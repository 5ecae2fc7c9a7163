//! Lets expenses go that a bill has taken, because it was rejected. The bill service asks.

use fault::{Code, Fault};
use proto::expense::v1::ReleaseBillRequest;

use super::seal_bill::lock;
use crate::{
    service::Service,
    store::{self, bills::State},
};

/// Releases what a bill took in this version or before; a later allocation stays.
///
/// *Errors*: `STATE_CONFLICT` for an approved bill. *Idempotent*: by bill id; a bill that is not known holds nothing,
/// and its allocation is refused if it comes late. *Locks*: the room.
pub(crate) async fn release_bill(service: &Service, request: ReleaseBillRequest) -> Result<(), Fault> {
    let (mut tx, bill) = match lock(service, request.bill_id).await {
        Ok(locked) => locked,
        Err(fault) if fault.code() == Code::NotFound => return release_unknown(service, request).await,
        Err(fault) => return Err(fault),
    };
    if bill.version > request.bill_version {
        return tx.rollback().await;
    }
    match bill.state {
        State::Released => return tx.rollback().await,
        State::Sealed => {
            return Err(Fault::conflict(format!("bill {} is approved and can't be released", bill.id)));
        }
        State::Allocated => {}
    }
    store::bills::step(tx.conn(), bill.id, State::Allocated, State::Released).await?;
    tx.commit().await
}

async fn release_unknown(service: &Service, request: ReleaseBillRequest) -> Result<(), Fault> {
    let mut conn = service.db.acquire().await?;
    if store::bills::release_unknown(&mut conn, request.bill_id, request.bill_version).await? {
        return Ok(());
    }
    Err(Fault::conflict(format!("bill {} was changed at the same moment", request.bill_id)).with_retryable())
}
