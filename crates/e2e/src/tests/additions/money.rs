//! Currencies, history, batches, what is left for a bill (contract sections 5, 11, 15).

use anyhow::Result;
use futures::future::join_all;
use serde_json::{Value, json};

use super::super::{
    face::{done, exactly, read, refused, refused_field, said},
    room::Room,
};
use crate::stage::Stage;

pub(super) async fn currencies_stay_apart(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "currency").await?;
    let mut dollars = room.expense("纽约", "40.00");
    dollars["currency"] = json!("USD");
    assert_eq!(room.admin().post("/api/expenses", &dollars).await?.data()?["currency"], "USD");
    room.admin().post("/api/expenses", &room.expense("北京", "8.00")).await?.data()?;
    let rows = read(&room.admin().get(&room.path("/balances")).await?);
    for (currency, most) in [("CNY", 6.0), ("USD", 30.0)] {
        let own: Vec<_> = rows.as_array().unwrap().iter().filter(|row| row["currency"] == currency).collect();
        for row in &own {
            exactly(row, "user_id username full_name currency balance", "");
        }
        let sum: f64 = own.iter().map(|row| row["balance"].as_f64().unwrap()).sum();
        assert_eq!((own.len(), sum), (4, 0.0), "{rows}");
        assert!(own.iter().any(|row| row["balance"] == most), "{rows}");
    }
    let plans = read(&room.admin().get(&room.path("/settlement")).await?);
    let currencies: Vec<_> = plans.as_array().unwrap().iter().map(|plan| plan["currency"].clone()).collect();
    assert_eq!(currencies, ["CNY", "USD"]);
    exactly(&plans[0], "currency method transfers", "");
    exactly(&plans[0]["transfers"][0], "from_user_id to_user_id amount", "");
    let me = room.admin().user_id;
    let path = room.path(&format!("/settlement/explain?user_id={me}&currency=USD"));
    let told = read(&room.admin().get(&path).await?);
    exactly(&told, "user_id currency balance lines settled", "");
    exactly(&told["lines"][0], "expense_id title date paid owed net", "");
    assert_eq!((&told["balance"], &told["lines"][0]["net"]), (&json!(30.0), &json!(30.0)));
    let stats = read(&room.admin().get(&format!("/api/stats/room/{}", room.id)).await?);
    assert_eq!(stats["total_amount"], 8.0, "statistics are in CNY: {stats}");
    for currency in ["usd", "US", "DOLLAR", "XXX", "ZZZ", "¥"] {
        let mut wrong = room.expense("x", "1.00");
        wrong["currency"] = json!(currency);
        let answer = room.admin().post("/api/expenses", &wrong).await?;
        refused_field(&answer, 400, "VALIDATION_ERROR", "currency");
    }
    Ok(())
}

pub(super) async fn an_expense_keeps_its_history(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "history").await?;
    let (admin, mate) = (room.admin(), &room.people[1]);
    let created = admin.post("/api/expenses", &room.expense("初稿", "40.00")).await?.data()?;
    let path = format!("/api/expenses/{}", created["id"]);
    let change = json!({"title": "二稿", "amount": 44, "version": created["version"]});
    let second = admin.put(&path, &change).await?.data()?;
    assert_eq!(second["version"], created["version"].as_i64().unwrap() + 1);
    refused(&admin.put(&path, &change).await?, 409, "VERSION_CONFLICT");
    done(&admin.delete(&path).await?, "费用删除成功");
    assert_eq!(room.balances().await?, ["0.00"; 4]);

    let history = read(&mate.get(&format!("{path}/history")).await?);
    let entries = history.as_array().unwrap();
    let told: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(told, ["created", "updated", "deleted"]);
    for entry in entries {
        exactly(entry, "version action user at expense", "");
        exactly(&entry["user"], "id username full_name", "");
        assert_eq!(entry["user"]["id"], admin.user_id);
    }
    assert_eq!(
        (&entries[0]["expense"]["title"], &entries[1]["expense"]["title"]),
        (&json!("初稿"), &json!("二稿"))
    );
    assert_eq!(entries[0]["expense"], created);
    refused(&mate.get(&path).await?, 404, "NOT_FOUND");
    Ok(())
}

/// Two who read the same version and change it at the same moment: one wins, the other is told.
pub(super) async fn of_two_edits_at_once_one_wins(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "edits").await?;
    for _ in 0..5 {
        let created = room.admin().post("/api/expenses", &room.expense("两人改", "40.00")).await?.data()?;
        let path = format!("/api/expenses/{}", created["id"]);
        let edits = [("甲", "44.00"), ("乙", "48.00")]
            .map(|(title, amount)| json!({"title": title, "amount": amount, "version": created["version"]}));
        let answers = join_all(edits.iter().map(|edit| room.admin().put(&path, edit))).await;
        let answers = answers.into_iter().collect::<Result<Vec<_>>>()?;
        let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
        refused(&answers[1 - winner], 409, "VERSION_CONFLICT");
        let shown = read(&room.admin().get(&path).await?);
        assert_eq!(shown["title"], edits[winner]["title"], "{shown}");
        room.admin().delete(&path).await?.data()?;
    }
    assert_eq!(room.balances().await?, ["0.00"; 4], "nothing is left of any of them");
    Ok(())
}

pub(super) async fn a_batch_is_all_or_nothing(stage: &Stage) -> Result<()> {
    const PATH: &str = "/api/expenses/batch";
    let room = Room::of_other_four(stage, "batch").await?;
    let batch = |count: usize| -> Vec<Value> {
        (0..count).map(|at| room.expense(&format!("第{at}笔"), "4.00")).collect()
    };
    let total = async || -> Result<Value> {
        let list = room.admin().get(&format!("/api/expenses?room_id={}", room.id)).await?;
        Ok(list.body["pagination"]["total"].clone())
    };
    let answer = room.admin().post(PATH, &json!({"expenses": batch(101)})).await?;
    refused_field(&answer, 400, "BATCH_LIMIT_EXCEEDED", "expenses");
    refused_field(
        &room.admin().post(PATH, &json!({"expenses": []})).await?,
        400,
        "VALIDATION_ERROR",
        "expenses",
    );
    let mut broken = batch(100);
    broken[57]["amount"] = json!("0.001");
    let answer = room.admin().post(PATH, &json!({"expenses": broken})).await?;
    refused_field(&answer, 400, "VALIDATION_ERROR", "expenses[57].amount");
    let mut broken = batch(100);
    broken[99]["title"] = json!("");
    let answer = room.admin().post(PATH, &json!({"expenses": broken})).await?;
    refused_field(&answer, 400, "VALIDATION_ERROR", "expenses[99].title");
    assert_eq!(total().await?, 0, "nothing was written");

    let made = said(&room.admin().post(PATH, &json!({"expenses": batch(100)})).await?, "费用批量创建成功");
    let titles: Vec<_> = made.as_array().unwrap().iter().map(|expense| expense["title"].clone()).collect();
    assert_eq!(titles, batch(100).iter().map(|expense| expense["title"].clone()).collect::<Vec<_>>());
    assert_eq!(total().await?, 100);
    assert_eq!(room.balances().await?, ["300.00", "-100.00", "-100.00", "-100.00"]);
    Ok(())
}

/// An item is at most what other bills have left; an approved bill holds its expenses.
pub(super) async fn a_bill_takes_no_more_than_is_left(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "rest").await?;
    let admin = room.admin();
    let expense = admin.post("/api/expenses", &room.expense("大件", "100.00")).await?.data()?;
    let bill = |amount: Value| {
        json!({"title": "账单", "description": "", "due_date": "2099-12-31", "room_id": room.id,
            "items": [{"expense_id": expense["id"], "amount": amount}], "split_type": "equal"})
    };
    let first = said(&admin.post("/api/bills", &bill(json!("60.00"))).await?, "账单创建成功");
    let answer = admin.post("/api/bills", &bill(json!("40.01"))).await?;
    refused_field(&answer, 400, "VALIDATION_ERROR", "items[0].amount");
    assert!(answer.error().contains("40.00"), "says what is left: {}", answer.text);
    let mut empty = bill(json!(1));
    empty["items"] = json!([]);
    refused_field(&admin.post("/api/bills", &empty).await?, 400, "VALIDATION_ERROR", "items");
    for date in ["2026-02-30", "tomorrow", ""] {
        let mut wrong = bill(json!(1));
        wrong["due_date"] = json!(date);
        refused_field(&admin.post("/api/bills", &wrong).await?, 400, "VALIDATION_ERROR", "due_date");
    }
    // Rejected, it gives its part back.
    let review = json!({"status": "rejected", "review_comment": "太多"});
    room.people[1].post(&format!("/api/bills/{}/review", first["id"]), &review).await?.data()?;
    let second = admin.post("/api/bills", &bill(json!("100.00"))).await?.data()?;
    let review = json!({"status": "approved", "review_comment": ""});
    room.people[1].post(&format!("/api/bills/{}/review", second["id"]), &review).await?.data()?;
    let path = format!("/api/expenses/{}", expense["id"]);
    refused(&admin.put(&path, &json!({"title": "改"})).await?, 409, "STATE_CONFLICT");
    refused(&admin.delete(&path).await?, 409, "STATE_CONFLICT");
    let again = admin.put(&format!("/api/bills/{}", first["id"]), &bill(json!("1.00"))).await?;
    assert!((400..500).contains(&again.status), "nothing is left for it: {}", again.text);
    Ok(())
}
