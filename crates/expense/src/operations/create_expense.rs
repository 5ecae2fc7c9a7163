//! Records one expense (000-E11). Any member of the room may.

use fault::Fault;
use host::{Answer, Call};
use proto::expense::v1::{CreateExpenseResponse, NewExpense};

use super::{
    creations::Creation,
    draft::{self, Setting},
    rights,
};
use crate::service::Service;

/// Records an expense, in one transaction with others that come at the same time.
///
/// *Errors*: `NOT_FOUND` for a stranger, `VALIDATION_ERROR` naming the field, `STATE_CONFLICT` when somebody
/// named has just left the room. *Idempotent*: by the call's key. *Locks*: the room.
pub(crate) async fn create_expense(
    service: &Service,
    call: &Call,
    input: &NewExpense,
) -> Result<Answer<CreateExpenseResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let members = rights::member(service, input.room_id, user_id).await?;
    draft::receipts(service, user_id, &input.receipt_upload_ids, &[]).await?;
    let at = service.clock.now();
    let setting = Setting { clock: &service.clock, members: &members, user_id, at };
    let expense = draft::read(setting, input)?;
    service.creations.join(Creation { call: call.clone(), members, expense }).await
}
