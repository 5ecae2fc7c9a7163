//! Shows one transfer, by its id or its key.
//!
//! Read only; for services that move money and administrators.

use fault::Fault;
use proto::wallet::v1::{GetTransferRequest, GetTransferResponse};

use crate::{answers, service::Service, store::transfers, wire};

/// Reads a transfer with its legs. *Errors*: `NOT_FOUND`; validation of
/// `idempotency_key`, which is read when the id is 0.
pub(crate) async fn run(service: &Service, asked: &GetTransferRequest) -> Result<GetTransferResponse, Fault> {
    let key = if asked.transfer_id == 0 { wire::key(asked.idempotency_key.clone())? } else { String::new() };
    let mut conn = service.db.acquire().await?;
    let found = transfers::find(&mut conn, asked.transfer_id, &key).await?;
    let posted = found.ok_or_else(|| Fault::not_found("transfer"))?;
    Ok(GetTransferResponse { transfer: Some(answers::stored(posted)) })
}
