//! The tasks around payments as printed (000-E35, 000-E36).

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::super::face::{exactly, read, refused, refused_field, said};
use crate::{
    client::Client,
    stage::{ADMIN, PASSWORD},
};

const TASKS: [&str; 3] = ["payment_reminder", "payment_sync", "payment_cleanup"];
const TRIGGER: &str = "/api/payment-optimization/trigger-task";
const STATUS: &str = "/api/payment-optimization/task-status";

/// 000-E35 and E36, for administrators.
pub(super) async fn tasks(nobody: &Client) -> Result<()> {
    let admin = nobody.login(ADMIN, PASSWORD).await?;
    for task in TASKS {
        let before = idle(&admin, task).await?;
        let started = said(&admin.post(TRIGGER, &json!({"task_type": task})).await?, "定时任务触发成功");
        exactly(&started, "task_id task_type status started_at", "");
        assert_eq!((&started["task_type"], &started["status"]), (&json!(task), &json!("running")));
        let id = started["task_id"].as_str().unwrap();
        assert!(id.strip_prefix("task_").is_some_and(|tail| tail.parse::<u64>().is_ok()), "{id}");
        let after = idle(&admin, task).await?;
        let count = |state: &Value| state["success_count"].as_i64().unwrap();
        assert_eq!(count(&after), count(&before) + 1, "{before} {after}");
        assert_eq!(after["failure_count"], 0);
        assert!(after["last_run"].as_str() >= started["started_at"].as_str(), "{after}");
    }
    let wrong = admin.post(TRIGGER, &json!({"task_type": "payment_everything"})).await?;
    refused_field(&wrong, 400, "VALIDATION_ERROR", "task_type");
    refused(&nobody.get(STATUS).await?, 401, "AUTH_REQUIRED");
    schedules(&read(&admin.get(STATUS).await?));
    Ok(())
}

/// Daily at noon, every two hours, daily at midnight, in the business zone: Asia/Shanghai (000-J01 to J03).
fn schedules(states: &Value) {
    let next = |task: &str| states[task]["next_run"].as_str().unwrap().to_owned();
    assert!(next("payment_reminder").ends_with("T04:00:00.000Z"), "{states}");
    assert!(next("payment_sync").ends_with(":00:00.000Z"), "{states}");
    assert!(next("payment_cleanup").ends_with("T16:00:00.000Z"), "{states}");
}

/// How a task stands once it does not run.
async fn idle(admin: &Client, task: &str) -> Result<Value> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let states = read(&admin.get(STATUS).await?);
        exactly(&states, &TASKS.join(" "), "");
        exactly(&states[task], "status last_run next_run success_count failure_count", "");
        match states[task]["status"].as_str() {
            Some("idle") => return Ok(states[task].clone()),
            Some("running") => {}
            other => panic!("status {other:?}"),
        }
        assert!(Instant::now() < deadline, "{task} does not end: {states}");
        sleep(Duration::from_millis(50)).await;
    }
}
