//! Bad input gets a 4xx that names field and rule, and writes nothing.

use anyhow::Result;
use serde_json::json;

use super::room::Room;
use crate::{client::Answer, stage::Stage};

/// Refused with a 4xx in the envelope, naming the field.
fn refused(answer: &Answer, field: &str) {
    let named = answer.error().contains(field);
    let envelope =
        answer.body["success"] == false && !answer.code().is_empty() && answer.body["message"].is_string();
    assert!(
        (400..500).contains(&answer.status) && named && envelope,
        "{field}: {} {}",
        answer.status,
        answer.text
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_refused_by_field_and_writes_nothing() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    let room = Room::of_four(&stage).await?;
    amounts(&room).await?;
    shares(&stage, &room).await?;
    pages_and_dates(&room).await?;
    bodies(&room).await?;
    broken_files(&room).await?;
    let list = room.admin().get(&format!("/api/expenses?room_id={}", room.id)).await?;
    assert_eq!(list.body["pagination"]["total"], 0, "nothing was written: {}", list.text);
    assert_eq!(room.balances().await?, ["0.00"; 4]);
    Ok(())
}

async fn amounts(room: &Room) -> Result<()> {
    let bad = [
        "0",
        "-1",
        "0.001",
        "1e400",
        "\"1,000\"",
        "\"１２\"",
        "null",
        "9007199254740993",
        "\" 1\"",
        "true",
        "[]",
    ];
    for amount in bad {
        let text = room.expense("x", "AMOUNT").to_string().replace("\"AMOUNT\"", amount);
        refused(&room.admin().post_text("/api/expenses", "application/json", text).await?, "amount");
    }
    Ok(())
}

async fn shares(stage: &Stage, room: &Room) -> Result<()> {
    let [a, b] = [room.people[0].user_id, room.people[1].user_id];
    let stranger = stage.person("stranger", "外人").await?;
    let mut custom = room.expense("x", "100.00");
    custom["split_type"] = json!("custom");
    custom["splits"] = json!([{"user_id": a, "amount": 50}, {"user_id": b, "amount": 50.01}]);
    let answer = room.admin().post("/api/expenses", &custom).await?;
    refused(&answer, "splits");
    assert!(answer.error().contains("100.01") && answer.error().contains("100.00"), "{}", answer.text);
    let mut percentage = custom.clone();
    percentage["split_type"] = json!("percentage");
    percentage["splits"] = json!([{"user_id": a, "percentage": 33.33}, {"user_id": b, "percentage": 66.66}]);
    refused(&room.admin().post("/api/expenses", &percentage).await?, "splits");
    let mut foreign = custom.clone();
    foreign["splits"] = json!([{"user_id": a, "amount": 50}, {"user_id": stranger.user_id, "amount": 50}]);
    refused(&room.admin().post("/api/expenses", &foreign).await?, "splits[1].user_id");
    Ok(())
}

async fn pages_and_dates(room: &Room) -> Result<()> {
    for (query, field) in [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("start_date=2026-02-30", "start_date"),
    ] {
        refused(&room.admin().get(&format!("/api/expenses?{query}")).await?, field);
    }
    let stats = format!("/api/stats/room/{}", room.id);
    for path in ["/api/expenses", "/api/bills", "/api/stats/user", &stats] {
        let answer = room.admin().get(&format!("{path}?start_date=2026-02-01&end_date=2026-01-31")).await?;
        refused(&answer, "end_date");
    }
    let mut body = room.expense("x", "1.00");
    body["date"] = json!("2026-02-30");
    refused(&room.admin().post("/api/expenses", &body).await?, "date");
    Ok(())
}

async fn bodies(room: &Room) -> Result<()> {
    let admin = room.admin();
    let mut unknown = room.expense("x", "1.00");
    unknown["is_admin"] = json!(true);
    refused(&admin.post("/api/expenses", &unknown).await?, "is_admin");
    let text = room.expense("x", "1.00").to_string();
    refused(&admin.post_text("/api/expenses", "text/plain", text).await?, "ontent-type");
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let answer = admin.post_text("/api/expenses", "application/json", deep).await?;
    assert_eq!((answer.status, answer.code()), (400, "VALIDATION_ERROR"), "{}", answer.text);
    let mut long = room.expense("x", "1.00");
    long["description"] = json!("x".repeat(200_000));
    let answer = admin.post("/api/expenses", &long).await?;
    assert_eq!((answer.status, answer.code()), (413, "PAYLOAD_TOO_LARGE"), "{}", answer.text);
    let answer = admin.upload("/api/uploads", "x.png", vec![0; 6 * 1024 * 1024], &[]).await?;
    assert_eq!((answer.status, answer.code()), (413, "PAYLOAD_TOO_LARGE"), "{}", answer.text);
    let answer = admin.upload("/api/uploads", "x.png", b"<html>".to_vec(), &[]).await?;
    refused(&answer, "file");
    Ok(())
}

async fn broken_files(room: &Room) -> Result<()> {
    let file = "Date,Description,Category,Cost,Currency,室友A,室友B\n\n2026-09-01,饭,Dining out,10.00,CNY,5.00,-5.00\n\
                2026-09-02,电费,Electricity,abc,CNY,5.00,-5.00\n\n2026-09-03,Total balance, , ,CNY,10.00,-10.00\n";
    let path = room.path("/import?preview=true");
    let preview = room.admin().upload(&path, "x.csv", file.into(), &[]).await?.data()?;
    let problem = &preview["errors"][0];
    assert_eq!((&problem["row"], &problem["column"]), (&json!(4), &json!("Cost")), "{preview}");
    let answer = room.admin().upload(&room.path("/import"), "x.csv", file.into(), &[]).await?;
    refused(&answer, "Cost");
    Ok(())
}
