//! Bills as printed (000-E17 to E22).

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    super::face::{done, exactly, listing, read, refused, row, said},
    Pair,
};
use crate::client::Client;

const BILL: &str = "id title description due_date room_id status total_amount created_by created_at splits";
const ADDED: &str = "payment_status currency split_type";
const REVIEW: &str = "review_comment reviewed_by reviewed_at";

/// 000-E17 to E22.
pub(super) async fn bills(nobody: &Client, prefix: &str) -> Result<()> {
    let names = [format!("{prefix}_author"), format!("{prefix}_reviewer")];
    let pair = Pair::meet(nobody, [&names[0], &names[1]]).await?;
    let (author, reviewer) = (&pair.first, &pair.second);
    let expense = json!({"title": "测试费用", "amount": "100.50", "category": "food", "date": "2023-01-01",
        "description": "", "room_id": pair.room_id, "split_type": "equal", "paid_by": author.user_id});
    let expense = author.post("/api/expenses", &expense).await?.data()?;

    let body = json!({"title": "测试账单", "description": "这是一个测试账单", "due_date": "2099-12-31",
        "room_id": pair.room_id, "items": [{"expense_id": expense["id"], "amount": 100.50}],
        "split_type": "equal"});
    let answer = author.post("/api/bills", &body).await?;
    let created = said(&answer, "账单创建成功");
    exactly(&created, BILL, ADDED);
    assert!(answer.text.contains("\"total_amount\":100.50") && answer.text.contains("\"amount\":50.25"));
    for name in ["title", "description", "due_date", "room_id", "split_type"] {
        assert_eq!(created[name], body[name], "{created}");
    }
    let states = (&created["status"], &created["payment_status"]);
    assert_eq!(states, (&json!("pending"), &json!("unpaid")));
    for split in created["splits"].as_array().unwrap() {
        exactly(split, "id user_id amount is_paid", "");
        assert_eq!((&split["amount"], &split["is_paid"]), (&json!(50.25), &json!(false)));
    }
    let path = format!("/api/bills/{}", created["id"]);
    lists(&pair, &created).await?;
    let shown = detail(reviewer, &path, &expense, "").await?;

    let own = json!({"status": "approved", "review_comment": "审核通过"});
    refused(&author.post(&format!("{path}/review"), &own).await?, 403, "FORBIDDEN");
    let reviewed = said(&reviewer.post(&format!("{path}/review"), &own).await?, "账单审核成功");
    exactly(&reviewed, "id status review_comment reviewed_by reviewed_at", "");
    let told = (&reviewed["status"], &reviewed["review_comment"], &reviewed["reviewed_by"]);
    assert_eq!(told, (&json!("approved"), &json!("审核通过"), &json!(reviewer.user_id)));
    detail(author, &path, &expense, REVIEW).await?;

    let debt = row(&shown["splits"], "user_id", reviewer.user_id);
    let confirm = json!({"split_id": debt["id"]});
    done(&reviewer.post(&format!("{path}/confirm-payment"), &confirm).await?, "账单支付确认成功");
    let paid = read(&author.get(&path).await?);
    assert_eq!(paid["payment_status"], "paid", "{paid}");

    let stats = read(&author.get("/api/bills/user-stats").await?);
    exactly(&stats, "total_bills total_amount paid_amount unpaid_amount pending_bills approved_bills", "");
    Ok(())
}

/// 000-E19, before and after the review.
async fn detail(reader: &Client, path: &str, expense: &Value, reviewed: &str) -> Result<Value> {
    let shown = read(&reader.get(path).await?);
    exactly(&shown, &format!("{BILL} items"), &format!("{ADDED} {reviewed}"));
    exactly(&shown["items"][0], "expense_id amount expense", "");
    exactly(&shown["items"][0]["expense"], "id title category", "");
    assert_eq!(shown["items"][0]["expense"]["id"], expense["id"]);
    assert_eq!(shown["items"][0]["expense"]["category"], "food");
    for split in shown["splits"].as_array().unwrap() {
        exactly(split, "id user_id amount is_paid user", "");
        exactly(&split["user"], "id username full_name", "");
    }
    Ok(shown)
}

/// 000-E18 and its filters.
async fn lists(pair: &Pair, bill: &Value) -> Result<()> {
    let answer = pair.second.get("/api/bills").await?;
    let rows = listing(&answer);
    assert_eq!(answer.body["pagination"], json!({"page": 1, "limit": 10, "total": 1, "totalPages": 1}));
    exactly(
        &rows[0],
        "id title due_date room_id status total_amount created_at",
        "payment_status currency created_by",
    );
    let (room, author, other) = (pair.room_id, pair.first.user_id, pair.second.user_id);
    for (filter, count) in [
        (format!("room_id={room}"), 1),
        ("status=pending".to_owned(), 1),
        ("status=approved".to_owned(), 0),
        ("status=rejected".to_owned(), 0),
        (format!("created_by={author}"), 1),
        (format!("created_by={other}"), 0),
        ("start_date=2020-01-01&end_date=2099-12-31".to_owned(), 1),
        ("end_date=2020-01-01".to_owned(), 0),
    ] {
        let answer = pair.first.get(&format!("/api/bills?{filter}")).await?;
        let rows = listing(&answer);
        assert_eq!(answer.body["pagination"]["total"], count, "{filter}: {}", answer.text);
        assert!(rows.as_array().unwrap().iter().all(|row| row["id"] == bill["id"]), "{filter}");
    }
    Ok(())
}
