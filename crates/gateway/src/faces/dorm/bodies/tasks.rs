//! Bodies of the scheduled tasks around payments (000-E35, 000-E36).

use proto::payment::v1 as payment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shapes::{given_instant, instant};

/// A task's name (000-S07).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the document's words")]
pub(crate) enum TaskType {
    PaymentReminder,
    PaymentSync,
    PaymentCleanup,
}

impl TaskType {
    const fn proto(self) -> payment::TaskType {
        match self {
            Self::PaymentReminder => payment::TaskType::PaymentReminder,
            Self::PaymentSync => payment::TaskType::PaymentSync,
            Self::PaymentCleanup => payment::TaskType::PaymentCleanup,
        }
    }
}

/// Which task is to run now (000-E35).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TriggerTask {
    pub(crate) task_type: TaskType,
}

impl TriggerTask {
    /// Asks the payment service for it.
    pub(crate) fn request(&self) -> payment::TriggerTaskRequest {
        payment::TriggerTaskRequest { task_type: self.task_type.proto().into() }
    }
}

/// A task that was started (000-E35).
#[derive(Serialize, ToSchema)]
pub(crate) struct StartedTask {
    #[schema(example = "task_123456789")]
    task_id: String,
    task_type: TaskType,
    #[schema(example = "running")]
    status: &'static str,
    started_at: String,
}

impl StartedTask {
    /// Prints a started task.
    pub(crate) fn of(task_type: TaskType, task: payment::TriggerTaskResponse) -> Self {
        Self { task_id: task.task_id, task_type, status: "running", started_at: instant(task.started_at) }
    }
}

/// How a task stands (000-E36).
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct TaskState {
    /// `running` or `idle`.
    #[schema(example = "idle")]
    status: &'static str,
    /// Null when it never ran.
    last_run: Option<String>,
    next_run: Option<String>,
    #[schema(example = 10)]
    success_count: i64,
    #[schema(example = 0)]
    failure_count: i64,
}

/// How all tasks stand (000-E36).
#[derive(Serialize, ToSchema)]
pub(crate) struct TaskStates {
    payment_reminder: TaskState,
    payment_sync: TaskState,
    payment_cleanup: TaskState,
}

impl From<payment::GetTaskStatusResponse> for TaskStates {
    fn from(reply: payment::GetTaskStatusResponse) -> Self {
        let state = |task_type: TaskType| {
            let task = reply.tasks.iter().find(|task| task.task_type() == task_type.proto());
            task.map_or_else(|| TaskState { status: "idle", ..TaskState::default() }, TaskState::of)
        };
        Self {
            payment_reminder: state(TaskType::PaymentReminder),
            payment_sync: state(TaskType::PaymentSync),
            payment_cleanup: state(TaskType::PaymentCleanup),
        }
    }
}

impl TaskState {
    fn of(task: &payment::TaskStatus) -> Self {
        Self {
            status: if task.running { "running" } else { "idle" },
            last_run: given_instant(task.last_run),
            next_run: given_instant(task.next_run),
            success_count: task.success_count,
            failure_count: task.failure_count,
        }
    }
}
