//! Tells how the tasks are (000-E36).
//!
//! Read only, and the same on every copy of the service.

use durable::schedule::Status;
use fault::Fault;
use host::{Answer, Call, timestamp};
use proto::payment::v1::{GetTaskStatusRequest, GetTaskStatusResponse, TaskStatus};

use super::{encode, seeing::fresh};
use crate::{domain::Task, service::Service};

/// Gives the state of every task. *Shape*: one for each task, in the order of the documents. *Errors*: `FORBIDDEN`.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    _asked: &GetTaskStatusRequest,
) -> Result<Answer<GetTaskStatusResponse>, Fault> {
    call.caller.admin()?;
    let tasks = service.schedule.status().await?.iter().filter_map(show).collect();
    Ok(fresh(GetTaskStatusResponse { tasks }))
}

fn show(status: &Status) -> Option<TaskStatus> {
    let task = Task::parse(&status.name)?;
    Some(TaskStatus {
        task_type: encode(task).into(),
        running: status.is_running,
        last_run: status.last_run_at.map(timestamp),
        next_run: Some(timestamp(status.next_run_at)),
        success_count: status.success_count,
        failure_count: status.failure_count,
    })
}
