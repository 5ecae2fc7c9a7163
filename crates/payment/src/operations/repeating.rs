//! The caller's key around work in phases, where no single transaction holds both the effect and the reply.
//!
//! The work is safe to repeat by itself; the key adds that a repetition is answered as the first time. The rule not to be
//! broken: a refusal is not kept.

use fault::Fault;
use host::{Answer, Call};
use prost::Message;

use super::seeing::fresh;
use crate::service::Service;

/// Gives the answer that this key has got before, if any. *Errors*: `IDEMPOTENCY_CONFLICT` for another request.
pub(super) async fn replayed<R: Message + Default>(
    service: &Service,
    call: &Call,
) -> Result<Option<Answer<R>>, Fault> {
    if call.key().is_none() {
        return Ok(None);
    }
    let mut tx = service.db.begin().await?;
    let answer = call.claim(&mut tx).await?;
    tx.rollback().await?;
    Ok(answer)
}

/// Keeps an answer under the caller's key; whoever was first with it is right.
pub(super) async fn remembered<R: Message + Default>(
    service: &Service,
    call: &Call,
    reply: R,
) -> Result<Answer<R>, Fault> {
    if call.key().is_none() {
        return Ok(fresh(reply));
    }
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        tx.rollback().await?;
        return Ok(answer);
    }
    let answer = call.store(&mut tx, reply).await?;
    tx.commit().await?;
    Ok(answer)
}
