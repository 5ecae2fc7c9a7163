//! Posts several transfers, each by itself, in one call.
//!
//! *Idempotent* by the transfers' keys. The rule not to be broken: what is wrong with one transfer is told of that one
//! and hinders no other.

use fault::{Code, Fault};
use identity::Caller;
use proto::wallet::v1::{NewTransfer, PostBatchResponse, PostResult, Refusal, post_result};

use crate::{
    answers,
    domain::{Outcome, Step},
    service::Service,
    wire,
};

/// Transfers of one call at most.
pub(super) const TRANSFERS_MAX: usize = 100;

/// Moves what the legs of each say, and answers each in its place.
///
/// *Errors*: `BATCH_LIMIT_EXCEEDED`, validation of `transfers`; all others stand in the results, as `post` has them.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: Vec<NewTransfer>,
) -> Result<PostBatchResponse, Fault> {
    counted(&asked)?;
    let mut steps = Vec::with_capacity(asked.len());
    let mut results = Vec::with_capacity(asked.len());
    for transfer in asked {
        match wire::transfer(caller, transfer) {
            Ok(transfer) => {
                steps.push(Step::Transfer(transfer));
                results.push(None);
            }
            Err(fault) => results.push(Some(refused(&fault))),
        }
    }
    let replies = if steps.is_empty() { Vec::new() } else { service.ledger.each(steps).await? };
    let mut replies = replies.into_iter();
    let in_order = results.into_iter().map(|result| match result {
        Some(refused) => Ok(refused),
        None => replies.next().map_or_else(|| Err(Fault::internal("a transfer was not answered")), encode),
    });
    Ok(PostBatchResponse { results: in_order.collect::<Result<_, _>>()? })
}

/// Passes 1 to 100 transfers.
pub(super) fn counted(asked: &[NewTransfer]) -> Result<(), Fault> {
    match asked.len() {
        0 => Err(Fault::validation("transfers", "must not be empty")),
        1..=TRANSFERS_MAX => Ok(()),
        _ => {
            let detail = format!("transfers: must be at most {TRANSFERS_MAX}");
            Err(Fault::new(Code::BatchLimitExceeded, detail).with_field("transfers"))
        }
    }
}

fn encode(reply: Result<Outcome, Fault>) -> Result<PostResult, Fault> {
    match reply {
        Ok(outcome) => {
            let (receipt, is_replay) = answers::posted(outcome)?;
            Ok(PostResult { outcome: Some(post_result::Outcome::Receipt(receipt)), is_replay })
        }
        Err(fault) => Ok(refused(&fault)),
    }
}

fn refused(fault: &Fault) -> PostResult {
    let refusal = Refusal {
        code: fault.code().as_str().to_owned(),
        detail: fault.detail().to_owned(),
        field: fault.field().unwrap_or_default().to_owned(),
    };
    PostResult { outcome: Some(post_result::Outcome::Refusal(refusal)), is_replay: false }
}
