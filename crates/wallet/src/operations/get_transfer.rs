//! Shows one transfer, by its id or its key.
//!
//! Read only; for services that move money and administrators.

use fault::Fault;
use proto::wallet::v1::{GetTransferRequest, GetTransferResponse};

use crate::{answers, service::Service, store::transfers};

/// Reads a transfer with its legs. *Errors*: `NOT_FOUND`.
pub(crate) async fn run(service: &Service, asked: &GetTransferRequest) -> Result<GetTransferResponse, Fault> {
    let key = if asked.transfer_id == 0 { asked.idempotency_key.as_str() } else { "" };
    let mut conn = service.db.acquire().await?;
    let found = transfers::find(&mut conn, asked.transfer_id, key).await?;
    let posted = found.ok_or_else(|| Fault::not_found("transfer"))?;
    Ok(GetTransferResponse { transfer: Some(answers::stored(posted)) })
}
