//! Tasks started by an administrator (000-E35), and how they are shown (000-E36).

use std::sync::atomic::Ordering;

use fault::Code;
use host::{instant, testing::Visitor};
use proto::{
    audit::v1::{Entry, ListEntriesRequest, audit_service_client::AuditServiceClient},
    payment::v1::TaskType,
};

use super::{Stage, ended, noon, status, trigger};

async fn trail(visitor: &Visitor) -> Vec<Entry> {
    let request = ListEntriesRequest { limit: 100, ..ListEntriesRequest::default() };
    let reply = AuditServiceClient::new(visitor.line()).list_entries(request).await.unwrap();
    reply.into_inner().entries
}

#[tokio::test]
async fn a_task_that_is_triggered_runs_and_is_counted() {
    let stage = Stage::new().await;
    let served = stage.served().await;
    let admin = served.admin(1);
    let started = trigger(&admin, TaskType::PaymentReminder).await.unwrap();
    assert_eq!(started.task_type(), TaskType::PaymentReminder);
    assert_eq!(instant(&started.started_at.unwrap()), Some(noon()));
    let number = started.task_id.strip_prefix("task_").unwrap();
    assert!(number.parse::<u64>().is_ok(), "{}", started.task_id);
    let status = ended(&admin, TaskType::PaymentReminder, 1).await;
    assert_eq!((status.success_count, status.failure_count, status.running), (1, 0, false));
    assert_eq!(instant(&status.last_run.unwrap()), Some(noon()));
    assert_eq!(stage.fakes.asked("BillService/RemindUnpaid"), 1);
}

#[tokio::test]
async fn a_task_speaks_for_the_service_and_carries_nobodys_token() {
    let stage = Stage::new().await;
    let served = stage.served().await;
    let admin = served.admin(1);
    trigger(&admin, TaskType::PaymentReminder).await.unwrap();
    ended(&admin, TaskType::PaymentReminder, 1).await;
    assert_eq!((stage.fakes.asked("RemindUnpaid"), stage.fakes.user_tokens()), (1, 0));
}

#[tokio::test]
async fn a_task_that_never_ran_is_idle_and_says_when_it_will() {
    let stage = Stage::new().await;
    let served = stage.served().await;
    let expected = [
        (TaskType::PaymentReminder, "2026-03-02T04:00:00Z"),
        (TaskType::PaymentSync, "2026-03-01T14:00:00Z"),
        (TaskType::PaymentCleanup, "2026-03-01T16:00:00Z"),
    ];
    for (task, next) in expected {
        let status = status(&served.admin(1), task).await;
        assert_eq!((status.running, status.last_run, status.success_count), (false, None, 0));
        assert_eq!(instant(&status.next_run.unwrap()), Some(next.parse().unwrap()), "{task:?}");
    }
}

#[tokio::test]
async fn a_task_that_any_copy_runs_cannot_be_triggered() {
    let stage = Stage::new().await;
    let (served, other) = (stage.served().await, stage.copy().await);
    let admin = served.admin(1);
    let mut conn = other.db.acquire().await.unwrap();
    let _taken = other.schedule.take(&mut conn, "payment_sync").await.unwrap();
    assert!(status(&admin, TaskType::PaymentSync).await.running);
    let fault = trigger(&admin, TaskType::PaymentSync).await.unwrap_err();
    assert_eq!((fault.code(), fault.detail()), (Code::StateConflict, "payment_sync is running"));
    assert_eq!(trail(&admin).await.len(), 0, "a refusal leaves no audit row");
    trigger(&admin, TaskType::PaymentCleanup).await.unwrap();
}

#[tokio::test]
async fn a_refused_trigger_does_not_use_up_its_key() {
    let stage = Stage::new().await;
    let (served, other) = (stage.served().await, stage.copy().await);
    let admin = served.admin(1).key("k-1");
    let mut tx = other.db.begin().await.unwrap();
    let taken = other.schedule.take(&mut tx, "payment_sync").await.unwrap();
    tx.commit().await.unwrap();
    trigger(&admin, TaskType::PaymentSync).await.unwrap_err();
    other.schedule.begin(taken);
    ended(&admin, TaskType::PaymentSync, 1).await;
    trigger(&admin, TaskType::PaymentSync).await.unwrap();
}

#[tokio::test]
async fn a_trigger_that_is_repeated_with_its_key_starts_one_run() {
    let stage = Stage::new().await;
    let served = stage.served().await;
    let admin = served.admin(1).key("k-1");
    let first = trigger(&admin, TaskType::PaymentReminder).await.unwrap();
    ended(&admin, TaskType::PaymentReminder, 1).await;
    assert_eq!(trigger(&admin, TaskType::PaymentReminder).await.unwrap(), first);
    let fault = trigger(&admin, TaskType::PaymentSync).await.unwrap_err();
    assert_eq!(fault.code(), Code::IdempotencyConflict);
    assert_eq!(stage.fakes.asked("RemindUnpaid"), 1);
}

#[tokio::test]
async fn every_trigger_leaves_an_audit_row() {
    let stage = Stage::new().await;
    let served = stage.served().await;
    let admin = served.admin(1);
    let started = trigger(&admin.clone().with("x-request-id", "r-1"), TaskType::PaymentSync).await.unwrap();
    let rows = trail(&admin).await;
    let row = rows.first().unwrap();
    assert_eq!((row.actor.as_str(), row.action.as_str()), ("user:1", "payment.task_triggered"));
    assert_eq!((row.subject.as_str(), row.request_id.as_str()), ("task:payment_sync", "r-1"));
    assert!(row.after_json.contains(&started.task_id), "{}", row.after_json);
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn a_task_that_is_none_is_refused_by_name() {
    let stage = Stage::new().await;
    let served = stage.served().await;
    let fault = trigger(&served.admin(1), TaskType::Unspecified).await.unwrap_err();
    assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("task_type")));
}

#[tokio::test]
async fn a_run_that_fails_is_counted_as_a_failure() {
    let stage = Stage::new().await;
    stage.fakes.state.is_room_broken.store(true, Ordering::SeqCst);
    let served = stage.served().await;
    let admin = served.admin(1);
    trigger(&admin, TaskType::PaymentCleanup).await.unwrap();
    let status = ended(&admin, TaskType::PaymentCleanup, 1).await;
    assert_eq!((status.success_count, status.failure_count), (0, 1));
}
