//! Records several expenses of one room, all or none (contract section 11).

use fault::{Code, Fault};
use host::{Answer, Call};
use proto::expense::v1::{CreateExpensesResponse, NewExpense};

use super::{
    draft::{self, Setting},
    record, rights,
    writing::Writing,
};
use crate::{
    service::Service,
    store::{Action, Expense},
    wire,
};
use roster::Members;

/// The most expenses of one request (000-L03).
const BATCH_MAX: usize = 100;

/// Records expenses, all or none.
///
/// *Errors*: `BATCH_LIMIT_EXCEEDED` above 100, `VALIDATION_ERROR` on `expenses[i].<field>`, otherwise as
/// `create_expense`. *Idempotent*: by the call's key. *Locks*: the room.
pub(crate) async fn create_expenses(
    service: &Service,
    call: &Call,
    inputs: &[NewExpense],
) -> Result<Answer<CreateExpensesResponse>, Fault> {
    let Some(first) = inputs.first() else {
        return Err(Fault::validation("expenses", "must hold at least one expense"));
    };
    if inputs.len() > BATCH_MAX {
        let detail = format!("expenses: must be at most {BATCH_MAX}");
        return Err(Fault::new(Code::BatchLimitExceeded, detail).with_field("expenses"));
    }
    let user_id = call.caller.user()?.id;
    let members = rights::member(service, first.room_id, user_id).await.map_err(|fault| within(0, fault))?;
    for (index, input) in inputs.iter().enumerate() {
        if input.room_id != first.room_id {
            return Err(within(index, Fault::validation("room_id", "must be the room of the first expense")));
        }
        draft::receipts(service, user_id, &input.receipt_upload_ids, &[])
            .await
            .map_err(|fault| within(index, fault))?;
    }
    let expenses = read(service, user_id, &members, inputs)?;

    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let reply = CreateExpensesResponse { expenses: expenses.iter().map(wire::expense).collect() };
    let mut writing = Writing::new(Action::Created);
    for expense in expenses {
        writing.add(&members.room_name, expense)?;
    }
    writing.write(&mut tx).await?;
    record::answer(tx, call, reply).await
}

fn read(
    service: &Service,
    user_id: i64,
    members: &Members,
    inputs: &[NewExpense],
) -> Result<Vec<Expense>, Fault> {
    let at = service.clock.now();
    let setting = Setting { clock: &service.clock, members, user_id, at };
    let read = |(index, input)| draft::read(setting, input).map_err(|fault| within(index, fault));
    inputs.iter().enumerate().map(read).collect()
}

/// Says in which expense of the batch a field is at fault.
fn within(index: usize, fault: Fault) -> Fault {
    match fault.field() {
        Some(field) if fault.code() == Code::ValidationError => {
            let rule = fault
                .detail()
                .strip_prefix(field)
                .map_or(fault.detail(), |rest| rest.trim_start_matches(": "));
            Fault::validation(format!("expenses[{index}].{field}"), rule)
        }
        _ => fault,
    }
}
