//! Starts a task at once, on demand (000-E35).
//!
//! *Idempotent* by the caller's key. *Locks*: the key, then the task's row. The rule not to be broken: a start, its
//! audit row and its reply are true together; the run begins after the commit. A process that dies in between leaves
//! a task that is free again after a minute.

use durable::{Tx, audit, schedule::Taken};
use fault::Fault;
use host::{Answer, Call, timestamp};
use proto::payment::v1::{TaskType, TriggerTaskRequest, TriggerTaskResponse};
use serde_json::json;

use super::encode;
use crate::{domain::Task, service::Service};

/// Starts the task in the background and gives the number of its run.
///
/// *Errors*: `FORBIDDEN`; validation of `task_type`; `STATE_CONFLICT` while any copy of the service runs it.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &TriggerTaskRequest,
) -> Result<Answer<TriggerTaskResponse>, Fault> {
    call.caller.admin()?;
    let task = task(asked.task_type)?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        tx.rollback().await?;
        return Ok(answer);
    }
    match start(service, call, task, &mut tx).await {
        Ok((answer, taken)) => {
            tx.commit().await?;
            service.schedule.begin(taken);
            Ok(answer)
        }
        Err(fault) => {
            tx.rollback().await?;
            Err(fault)
        }
    }
}

/// Takes the task, and writes who started it and what he is told.
async fn start(
    service: &Service,
    call: &Call,
    task: Task,
    tx: &mut Tx,
) -> Result<(Answer<TriggerTaskResponse>, Taken), Fault> {
    let taken = service.schedule.take(tx, task.name()).await?;
    let started = taken.started();
    let task_id = format!("task_{}", started.run_id);
    let states = (None, Some(json!({ "task_id": task_id })));
    audit::append(tx, call.audit("payment.task_triggered", format!("task:{}", task.name()), states)).await?;
    let reply = TriggerTaskResponse {
        task_id,
        task_type: encode(task).into(),
        started_at: Some(timestamp(started.started_at)),
    };
    Ok((call.store(tx, reply).await?, taken))
}

/// Reads which task is meant; the zero of the contract is refused.
fn task(raw: i32) -> Result<Task, Fault> {
    match TaskType::try_from(raw) {
        Ok(TaskType::PaymentReminder) => Ok(Task::Reminder),
        Ok(TaskType::PaymentSync) => Ok(Task::Sync),
        Ok(TaskType::PaymentCleanup) => Ok(Task::Cleanup),
        Ok(TaskType::Unspecified) | Err(_) => {
            Err(Fault::validation("task_type", "must be payment_reminder, payment_sync or payment_cleanup"))
        }
    }
}
