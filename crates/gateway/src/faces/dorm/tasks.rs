//! Scheduled tasks around payments (000-E35, 000-E36). For administrators.

use axum::extract::State;
use proto::payment::v1::GetTaskStatusRequest;

use super::{
    bodies::tasks::{StartedTask, TaskStates, TriggerTask},
    envelope::{Answer, Reply},
    messages::Message,
};
use crate::{app::App, callers::Operator, extract::Json, peers::Told as _};

/// Runs a task now (000-E35); one that is running answers with a conflict.
#[utoipa::path(post, path = "/api/payment-optimization/trigger-task", tag = "tasks",
    responses((status = OK, body = Answer<StartedTask>)))]
pub(crate) async fn trigger(
    _: Operator,
    State(app): State<App>,
    Json(body): Json<TriggerTask>,
) -> Reply<StartedTask> {
    let reply = app.peers.payment().trigger_task(body.request()).await.told()?;
    Ok(Answer::said(Message::TaskTriggered, StartedTask::of(body.task_type, reply)))
}

/// Shows how the tasks stand (000-E36).
#[utoipa::path(get, path = "/api/payment-optimization/task-status", tag = "tasks",
    responses((status = OK, body = Answer<TaskStates>)))]
pub(crate) async fn status(_: Operator, State(app): State<App>) -> Reply<TaskStates> {
    let reply = app.peers.payment().get_task_status(GetTaskStatusRequest {}).await.told()?;
    Ok(Answer::read(reply.into()))
}
