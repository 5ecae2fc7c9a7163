//! Notifications: each of the contract's causes, once, to whom it concerns and to nobody else (section 15).

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::super::{
    face::{exactly, listing, refused, row, said},
    room::Room,
};
use crate::{client::Client, stage::Stage};

const NOTICE: &str = "id type title body data is_read created_at";

/// Waits for a person's newest notice of this kind.
async fn told(person: &Client, kind: &str) -> Result<Value> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let rows = listing(&person.get("/api/notifications?limit=100").await?);
        let rows = rows.as_array().unwrap();
        if let Some(notice) = rows.iter().find(|row| row["type"] == kind) {
            exactly(notice, NOTICE, "");
            assert!(notice["title"].as_str().is_some_and(|text| !text.is_empty()), "{notice}");
            assert!(notice["body"].as_str().is_some_and(|text| !text.is_empty()), "{notice}");
            return Ok(notice.clone());
        }
        assert!(Instant::now() < deadline, "{kind} never came: {rows:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Kinds that a person has been told, oldest first.
async fn kinds(person: &Client) -> Result<Vec<String>> {
    let rows = listing(&person.get("/api/notifications?limit=100").await?);
    let rows = rows.as_array().unwrap();
    Ok(rows.iter().rev().map(|row| row["type"].as_str().unwrap().to_owned()).collect())
}

pub(super) async fn every_listed_cause_is_told(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "notices").await?;
    let [author, debtor, reviewer, bystander] = [0, 1, 2, 3].map(|at| &room.people[at]);
    author
        .put(&room.path(&format!("/members/{}", reviewer.user_id)), &json!({"role": "admin"}))
        .await?
        .data()?;

    let added = stage.person("newcomer", "新人").await?;
    author
        .post(&room.path("/members"), &json!({"user_id": added.user_id, "role": "member"}))
        .await?
        .data()?;
    let notice = told(&added, "room_joined").await?;
    assert_eq!(
        (&notice["data"]["room_id"], &notice["data"]["user_id"]),
        (&json!(room.id), &json!(author.user_id))
    );

    let mut body = room.expense("两人的", "20.00");
    body["splits"] = json!([{"user_id": author.user_id}, {"user_id": debtor.user_id}]);
    let expense = author.post("/api/expenses", &body).await?.data()?;
    let notice = told(debtor, "expense_owed").await?;
    assert_eq!((&notice["data"]["expense_id"], &notice["data"]["amount"]), (&expense["id"], &json!(10.0)));
    assert!(notice["body"].as_str().unwrap().contains("10.00"), "{notice}");

    let bill = json!({"title": "账单", "description": "", "due_date": "2026-01-31", "room_id": room.id,
        "items": [{"expense_id": expense["id"], "amount": 20}], "split_type": "custom"});
    let sent = author.post("/api/bills", &bill).await?.data()?;
    let path = format!("/api/bills/{}", sent["id"]);
    assert_eq!(told(reviewer, "bill_review_needed").await?["data"]["bill_id"], sent["id"]);
    reviewer
        .post(&format!("{path}/review"), &json!({"status": "rejected", "review_comment": ""}))
        .await?
        .data()?;
    assert_eq!(told(author, "bill_rejected").await?["data"]["bill_id"], sent["id"]);
    author.put(&path, &bill).await?.data()?;
    reviewer
        .post(&format!("{path}/review"), &json!({"status": "approved", "review_comment": ""}))
        .await?
        .data()?;
    for person in [author, debtor] {
        assert_eq!(told(person, "bill_approved").await?["data"]["bill_id"], sent["id"]);
    }
    reminders(stage, debtor, &sent).await?;
    dispute_and_payment(&room, &sent).await?;
    assert_eq!(kinds(bystander).await?, Vec::<String>::new(), "nothing of it concerned him");
    let reviews = kinds(reviewer).await?.into_iter().filter(|kind| kind == "bill_review_needed").count();
    assert_eq!(reviews, 2, "sent twice, reviewed twice");
    Ok(())
}

/// The task reminds of what is overdue, once a day however often it runs.
async fn reminders(stage: &Stage, debtor: &Client, bill: &Value) -> Result<()> {
    let operator = stage.admin().await?;
    for _ in 0..2 {
        let trigger = json!({"task_type": "payment_reminder"});
        operator.post("/api/payment-optimization/trigger-task", &trigger).await?.data()?;
        let notice = told(debtor, "payment_reminder").await?;
        assert_eq!((&notice["data"]["bill_id"], &notice["data"]["amount"]), (&bill["id"], &json!(10.0)));
        loop {
            let states = operator.get("/api/payment-optimization/task-status").await?.data()?;
            if states["payment_reminder"]["status"] == "idle" {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
    sleep(Duration::from_millis(300)).await;
    let reminders = kinds(debtor).await?.into_iter().filter(|kind| kind == "payment_reminder").count();
    assert_eq!(reminders, 1);
    Ok(())
}

async fn dispute_and_payment(room: &Room, bill: &Value) -> Result<()> {
    let [author, debtor, reviewer] = [0, 1, 2].map(|at| &room.people[at]);
    let share = row(&bill["splits"], "user_id", debtor.user_id)["id"].clone();
    let path = format!("/api/bills/{}", bill["id"]);
    let shown = debtor.get(&path).await?.data()?;
    let share = shown["splits"]
        .as_array()
        .unwrap()
        .iter()
        .find(|split| split["user_id"] == debtor.user_id)
        .map_or(share, |split| split["id"].clone());
    let disputed = json!({"split_id": share, "reason": "多了"});
    let dispute = debtor.post(&format!("{path}/disputes"), &disputed).await?.data()?;
    assert_eq!(told(author, "dispute_opened").await?["data"]["dispute_id"], dispute["id"], "it is on him");
    let resolve = format!("/api/disputes/{}/resolve", dispute["id"]);
    reviewer.post(&resolve, &json!({"decision": "rejected", "comment": ""})).await?.data()?;
    assert_eq!(told(debtor, "dispute_resolved").await?["data"]["dispute_id"], dispute["id"]);
    for _ in 0..2 {
        debtor.post(&format!("{path}/confirm-payment"), &json!({"split_id": share})).await?.data()?;
    }
    let paid = told(author, "share_paid").await?;
    assert_eq!((&paid["data"]["user_id"], &paid["data"]["amount"]), (&json!(debtor.user_id), &json!(10.0)));
    let times = kinds(author).await?.into_iter().filter(|kind| kind == "share_paid").count();
    assert_eq!(times, 1, "a share is paid once");
    Ok(())
}

pub(super) async fn notices_are_paged_and_read(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "reading").await?;
    let (author, debtor) = (room.admin(), &room.people[1]);
    for at in 0..3 {
        author.post("/api/expenses", &room.expense(&format!("第{at}笔"), "4.00")).await?.data()?;
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    while kinds(debtor).await?.len() < 3 {
        assert!(Instant::now() < deadline, "three notices");
        sleep(Duration::from_millis(50)).await;
    }
    let answer = debtor.get("/api/notifications?limit=2").await?;
    let rows = listing(&answer);
    assert_eq!(answer.body["pagination"], json!({"page": 1, "limit": 2, "total": 3, "totalPages": 2}));
    assert_eq!(rows[0]["data"]["subject"], "第2笔", "newest first: {rows}");
    assert!(rows.as_array().unwrap().iter().all(|row| row["is_read"] == false));

    let read = format!("/api/notifications/{}/read", rows[0]["id"]);
    refused(&author.post(&read, &json!({})).await?, 404, "NOT_FOUND");
    for _ in 0..2 {
        let marked = said(&debtor.post(&read, &json!({})).await?, "通知已读");
        assert_eq!((&marked["id"], &marked["is_read"]), (&rows[0]["id"], &json!(true)));
    }
    let unread = debtor.get("/api/notifications?unread=true").await?;
    assert_eq!(unread.body["pagination"]["total"], 2, "{}", unread.text);
    Ok(())
}
