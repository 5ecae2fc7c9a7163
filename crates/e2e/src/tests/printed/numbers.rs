//! Statistics with the very numbers of the samples, where a flat can have them (000-E22 to E25, 000-N01).

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    super::face::{exactly, read, refused, row},
    Pair,
};
use crate::{client::Client, stage::Stage};

/// An expense as the samples have them: who paid what for which category in which month.
fn expense(pair: &Pair, payer: &Client, amount: i64, category: &str, date: &str) -> Value {
    json!({"title": "测试费用", "amount": amount, "category": category, "description": "", "date": date,
        "room_id": pair.room_id, "split_type": "equal", "paid_by": payer.user_id})
}

async fn record(pair: &Pair, expenses: Vec<Value>) -> Result<Value> {
    pair.first.post("/api/expenses/batch", &json!({"expenses": expenses})).await?.data()
}

/// 000-E23: 1000 = 600 paid + 400 owed, food 500 (5), utilities 300 (3), months 200, 300.
pub(super) async fn a_user_in_the_samples_numbers(nobody: &Client) -> Result<()> {
    let pair = Pair::meet(nobody, ["user_stats_a", "user_stats_b"]).await?;
    let categories =
        ["food", "food", "food", "food", "food", "utilities", "utilities", "utilities", "other", "other"];
    let mut expenses = Vec::new();
    for (at, category) in categories.into_iter().enumerate() {
        let payer = if at < 6 { &pair.first } else { &pair.second };
        let date = match at {
            0..2 => "2023-01-15",
            2..5 => "2023-02-15",
            _ => "2023-03-15",
        };
        expenses.push(expense(&pair, payer, 200, category, date));
    }
    record(&pair, expenses).await?;

    let stats = read(&pair.first.get(&format!("/api/stats/user?room_id={}", pair.room_id)).await?);
    let expected = json!({"total_expenses": 10, "total_amount": 1000.00, "paid_amount": 600.00,
        "owed_amount": 400.00,
        "expense_by_category": [{"category": "food", "amount": 500.00, "count": 5},
            {"category": "utilities", "amount": 300.00, "count": 3},
            {"category": "other", "amount": 200.00, "count": 2}],
        "monthly_trend": [{"month": "2023-01", "amount": 200.00}, {"month": "2023-02", "amount": 300.00},
            {"month": "2023-03", "amount": 500.00}]});
    assert_eq!(stats, expected);
    assert_eq!(read(&pair.first.get("/api/stats/user").await?), expected, "his only room");
    let query = "/api/stats/user?start_date=2023-02-01&end_date=2023-02-28";
    let february = read(&pair.first.get(query).await?);
    assert_eq!((&february["total_expenses"], &february["total_amount"]), (&json!(3), &json!(300.00)));
    Ok(())
}

/// 000-E22: 5 bills, 500 = 300 paid + 200 unpaid, 2 pending + 3 approved.
pub(super) async fn bills_in_the_samples_numbers(nobody: &Client) -> Result<()> {
    let pair = Pair::meet(nobody, ["bill_stats_a", "bill_stats_b"]).await?;
    let laid_out = |_| expense(&pair, &pair.second, 200, "food", "2023-01-01");
    let expenses = record(&pair, (0..5).map(laid_out).collect()).await?;
    for (at, expense) in expenses.as_array().unwrap().iter().enumerate() {
        let body = json!({"title": "测试账单", "description": "", "due_date": "2099-12-31",
            "room_id": pair.room_id, "items": [{"expense_id": expense["id"], "amount": 200}],
            "split_type": "equal"});
        let bill = pair.first.post("/api/bills", &body).await?.data()?;
        let path = format!("/api/bills/{}", bill["id"]);
        if at < 3 {
            let review = json!({"status": "approved", "review_comment": ""});
            pair.second.post(&format!("{path}/review"), &review).await?.data()?;
            let share = row(&bill["splits"], "user_id", pair.first.user_id);
            let confirm = json!({"split_id": share["id"]});
            pair.first.post(&format!("{path}/confirm-payment"), &confirm).await?.data()?;
        }
    }
    let stats = read(&pair.first.get("/api/bills/user-stats").await?);
    let expected = json!({"total_bills": 5, "total_amount": 500.00, "paid_amount": 300.00,
        "unpaid_amount": 200.00, "pending_bills": 2, "approved_bills": 3});
    assert_eq!(stats, expected);
    Ok(())
}

/// 000-E24: 2000 in 20 expenses, a member with 1200 paid, 800 owed, 400 balance, food 1000 (10).
pub(super) async fn a_room_in_the_samples_numbers(nobody: &Client) -> Result<()> {
    let pair = Pair::meet(nobody, ["room_stats_a", "room_stats_b"]).await?;
    let mut expenses = Vec::new();
    for at in 0..20 {
        let payer = if at < 12 { &pair.first } else { &pair.second };
        let category = if at < 10 { "food" } else { "utilities" };
        let mut expense = expense(&pair, payer, 100, category, "2023-01-01");
        expense["split_type"] = json!("custom");
        expense["splits"] = json!([{"user_id": pair.first.user_id, "amount": 40},
            {"user_id": pair.second.user_id, "amount": 60}]);
        expenses.push(expense);
    }
    record(&pair, expenses).await?;
    let path = format!("/api/stats/room/{}", pair.room_id);
    let stats = read(&pair.second.get(&path).await?);
    exactly(&stats, "room_id room_name total_expenses total_amount member_balance expense_by_category", "");
    assert_eq!((&stats["room_id"], &stats["room_name"]), (&json!(pair.room_id), &json!("101寝室")));
    assert_eq!((&stats["total_expenses"], &stats["total_amount"]), (&json!(20), &json!(2000.00)));
    let expected = json!({"user_id": pair.first.user_id, "username": "room_stats_a", "full_name": "测试用户",
        "paid": 1200.00, "owed": 800.00, "balance": 400.00});
    assert_eq!(row(&stats["member_balance"], "user_id", pair.first.user_id), &expected);
    let food = json!({"category": "food", "amount": 1000.00, "count": 10});
    assert_eq!(row(&stats["expense_by_category"], "category", "food"), &food);

    let none = read(&pair.first.get(&format!("{path}?start_date=2023-01-02")).await?);
    assert_eq!((&none["total_expenses"], &none["total_amount"]), (&json!(0), &json!(0.00)));
    Ok(())
}

/// 000-E25: everything adds up to what was made on this stage.
pub(super) async fn the_system_in_numbers(stage: &Stage) -> Result<()> {
    let admin = stage.admin().await?;
    let user = stage.person("no_admin", "普通用户").await?;
    refused(&user.get("/api/stats/system").await?, 403, "FORBIDDEN");
    let stats = read(&admin.get("/api/stats/system").await?);
    exactly(&stats, "total_users total_rooms total_expenses total_amount user_growth room_growth", "");
    let users = admin.get("/api/admin/users?limit=1").await?;
    assert_eq!(stats["total_users"], users.body["pagination"]["total"]);
    assert_eq!(stats["total_rooms"], 9, "the rooms of this story");
    for (growth, total) in [("user_growth", "total_users"), ("room_growth", "total_rooms")] {
        let months = stats[growth].as_array().unwrap();
        for month in months {
            exactly(month, "month count", "");
        }
        let sum: i64 = months.iter().map(|month| month["count"].as_i64().unwrap()).sum();
        assert_eq!(sum, stats[total].as_i64().unwrap(), "{stats}");
    }
    Ok(())
}
