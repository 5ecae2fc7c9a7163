//! What this service can do when asked: one verb, one file, from check to commit.
//!
//! What it does unasked stands in `workers`.

pub(crate) mod get_task_status;
pub(crate) mod trigger_task;

use proto::payment::v1::TaskType;

use crate::domain::Task;

/// Gives the contract's word for a task.
fn encode(task: Task) -> TaskType {
    match task {
        Task::Reminder => TaskType::PaymentReminder,
        Task::Sync => TaskType::PaymentSync,
        Task::Cleanup => TaskType::PaymentCleanup,
    }
}
