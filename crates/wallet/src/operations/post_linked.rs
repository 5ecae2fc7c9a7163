//! Posts several transfers as one: all of them, or none.
//!
//! *Idempotent* by the transfers' keys. The rule not to be broken: a later transfer sees what the earlier ones moved,
//! and if it is refused they are taken back.

use fault::Fault;
use host::Answer;
use identity::Caller;
use proto::wallet::v1::{NewTransfer, PostLinkedResponse};

use super::post_batch;
use crate::{
    answers,
    domain::{Outcome, Step},
    service::Service,
    wire,
};

/// Moves what the legs of all say.
///
/// *Errors*: as `post`, naming the transfer as `transfers[2]`; `BATCH_LIMIT_EXCEEDED`; `IDEMPOTENCY_CONFLICT` also when
/// some of them were posted before and others not.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: Vec<NewTransfer>,
) -> Result<Answer<PostLinkedResponse>, Fault> {
    post_batch::counted(&asked)?;
    let steps = asked.into_iter().enumerate().map(|(place, transfer)| {
        wire::transfer(caller, transfer).map(Step::Transfer).map_err(|fault| in_place(place, &fault))
    });
    let outcomes = service.ledger.linked(steps.collect::<Result<_, _>>()?).await?;
    let is_replay = outcomes.first().is_some_and(Outcome::is_replay);
    let receipts = outcomes.into_iter().map(|outcome| answers::posted(outcome).map(|(receipt, _)| receipt));
    Ok(Answer { reply: PostLinkedResponse { receipts: receipts.collect::<Result<_, _>>()? }, is_replay })
}

/// Says in which transfer a field lies.
fn in_place(place: usize, fault: &Fault) -> Fault {
    let field = format!("transfers[{place}].{}", fault.field().unwrap_or_default());
    Fault::new(fault.code(), format!("transfers[{place}].{}", fault.detail())).with_field(field)
}
