//! Expenses as printed, with the money of the samples (000-E11 to E16, 000-N01).

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    super::face::{done, exactly, listing, read, refused, refused_field, row, said},
    Pair,
};
use crate::client::Client;

const EXPENSE: &str =
    "id title amount category description date room_id split_type paid_by created_by created_at splits";

/// The sample's request.
fn sample(pair: &Pair) -> Value {
    json!({"title": "测试费用", "amount": 100.50, "category": "food", "description": "这是一个测试费用",
        "date": "2023-01-01", "room_id": pair.room_id, "split_type": "equal", "paid_by": pair.first.user_id,
        "splits": [{"user_id": pair.first.user_id}, {"user_id": pair.second.user_id}]})
}

/// 000-E11 to E16.
pub(super) async fn expenses(nobody: &Client, prefix: &str) -> Result<()> {
    let names = [format!("{prefix}_payer"), format!("{prefix}_debtor")];
    let pair = Pair::meet(nobody, [&names[0], &names[1]]).await?;
    let (payer, debtor) = (&pair.first, &pair.second);

    let answer = payer.post("/api/expenses", &sample(&pair)).await?;
    let created = said(&answer, "费用创建成功");
    exactly(&created, EXPENSE, "currency version");
    assert!(answer.text.contains("\"amount\":100.50") && answer.text.contains("\"amount\":50.25"));
    for name in ["title", "category", "description", "date", "room_id", "split_type", "paid_by"] {
        assert_eq!(created[name], sample(&pair)[name], "{created}");
    }
    assert_eq!(created["created_by"], payer.user_id);
    let splits = created["splits"].as_array().unwrap();
    assert_eq!(splits.len(), 2);
    for split in splits {
        exactly(split, "id user_id amount is_paid", "");
        assert_eq!((&split["amount"], &split["is_paid"]), (&json!(50.25), &json!(false)));
    }
    let path = format!("/api/expenses/{}", created["id"]);

    let answer = debtor.get("/api/expenses").await?;
    let rows = listing(&answer);
    assert_eq!(answer.body["pagination"], json!({"page": 1, "limit": 10, "total": 1, "totalPages": 1}));
    exactly(&rows[0], "id title amount category date room_id paid_by created_at", "currency");
    filters(&pair, &created).await?;

    let shown = read(&debtor.get(&path).await?);
    exactly(&shown, EXPENSE, "currency version");
    for split in shown["splits"].as_array().unwrap() {
        exactly(split, "id user_id amount is_paid user", "");
        exactly(&split["user"], "id username full_name", "");
        assert_eq!(split["user"]["id"], split["user_id"]);
    }

    let change = json!({"title": "更新后的费用", "amount": 150.75});
    let answer = payer.put(&path, &change).await?;
    let updated = said(&answer, "费用更新成功");
    exactly(&updated, "id title amount updated_at", "version");
    assert!(answer.text.contains("\"amount\":150.75"));
    fixed_fields_are_refused(&pair, &path).await?;

    let debt = row(&shown["splits"], "user_id", debtor.user_id);
    let confirm = json!({"split_id": debt["id"]});
    done(&debtor.post(&format!("{path}/confirm-split"), &confirm).await?, "分摊支付确认成功");
    let paid = read(&payer.get(&path).await?);
    assert_eq!(row(&paid["splits"], "user_id", debtor.user_id)["is_paid"], true);
    assert_eq!(row(&paid["splits"], "user_id", payer.user_id)["is_paid"], false, "never a debt");

    refused(&payer.delete(&path).await?, 409, "STATE_CONFLICT");
    let mistake = payer.post("/api/expenses", &sample(&pair)).await?.data()?;
    let path = format!("/api/expenses/{}", mistake["id"]);
    done(&payer.delete(&path).await?, "费用删除成功");
    refused(&payer.get(&path).await?, 404, "NOT_FOUND");
    let left = listing(&payer.get("/api/expenses").await?);
    assert!(left.as_array().unwrap().iter().all(|row| row["id"] == created["id"]), "{left}");
    Ok(())
}

/// Each filter of 000-E12 finds the one expense, and its opposite finds nothing.
async fn filters(pair: &Pair, expense: &Value) -> Result<()> {
    let (room, payer, debtor) = (pair.room_id, pair.first.user_id, pair.second.user_id);
    for (filter, count) in [
        (format!("room_id={room}"), 1),
        ("category=food".to_owned(), 1),
        ("category=utilities".to_owned(), 0),
        (format!("paid_by={payer}"), 1),
        (format!("paid_by={debtor}"), 0),
        ("is_paid=false".to_owned(), 1),
        ("is_paid=true".to_owned(), 0),
        ("start_date=2023-01-01&end_date=2023-01-01".to_owned(), 1),
        ("start_date=2023-01-02".to_owned(), 0),
        ("end_date=2022-12-31".to_owned(), 0),
    ] {
        let answer = pair.first.get(&format!("/api/expenses?{filter}&page=1&limit=5")).await?;
        let rows = listing(&answer);
        assert_eq!(answer.body["pagination"]["total"], count, "{filter}: {}", answer.text);
        assert_eq!(answer.body["pagination"]["totalPages"], count, "{filter}: {}", answer.text);
        assert!(rows.as_array().unwrap().iter().all(|row| row["id"] == expense["id"]), "{filter}");
    }
    Ok(())
}

/// Room and payer of an expense never change: a change does not know the fields.
async fn fixed_fields_are_refused(pair: &Pair, path: &str) -> Result<()> {
    for (field, value) in [("room_id", pair.room_id), ("paid_by", pair.second.user_id)] {
        let answer = pair.first.put(path, &json!({field: value})).await?;
        refused_field(&answer, 400, "VALIDATION_ERROR", field);
    }
    Ok(())
}
