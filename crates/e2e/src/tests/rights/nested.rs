//! Ids of others inside what is one's own: in paths, bodies, batches; and things after their deletion.

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    super::face::{refused, refused_field},
    cast::{Ask, Cast, Things, id},
};

fn new_expense(things: &Things) -> Value {
    json!({"title": "x", "amount": 2, "category": "food", "description": "", "date": "2026-01-01",
        "room_id": things.room, "split_type": "equal"})
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

pub(super) async fn ids_of_others_do_not_work_inside_ones_own(cast: &Cast) -> Result<()> {
    in_paths(cast).await?;
    in_bodies(cast).await
}

/// My room or my expense in the path, and behind it something of another room.
async fn in_paths(cast: &Cast) -> Result<()> {
    let (own, foreign) = (&cast.things, &cast.foreign);
    let Things { room, expense, approved, .. } = own;
    let (stranger, ex_member) = (cast.stranger.user_id, cast.ex_member.user_id);
    for ask in [
        Ask::delete(format!("/api/rooms/{room}/members/{stranger}")),
        Ask::delete(format!("/api/rooms/{room}/members/{ex_member}")),
        Ask::put(format!("/api/rooms/{room}/members/{stranger}"), json!({"role": "admin"})),
        Ask::delete(format!("/api/rooms/{room}/settlements/{}", foreign.settlement)),
        Ask::get(format!("/api/rooms/{room}/settlement/explain?user_id={stranger}")),
        Ask::post(format!("/api/expenses/{expense}/confirm-split"), json!({"split_id": foreign.split})),
        Ask::post(
            format!("/api/expenses/{expense}/disputes"),
            json!({"split_id": foreign.split, "reason": "x"}),
        ),
        Ask::post(
            format!("/api/bills/{approved}/disputes"),
            json!({"split_id": foreign.bill_split, "reason": "x"}),
        ),
        Ask::post(format!("/api/expenses/{}/confirm-split", foreign.expense), json!({"split_id": own.split})),
        Ask::post(
            format!("/api/bills/{}/confirm-payment", foreign.approved),
            json!({"split_id": own.bill_split}),
        ),
    ] {
        let answer = ask.by(&cast.owner).await?;
        assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"), "{ask:?} {}", answer.text);
    }
    Ok(())
}

/// Somebody or something of another room in a body: refused by name, and as if it did not exist.
async fn in_bodies(cast: &Cast) -> Result<()> {
    let (own, foreign) = (&cast.things, &cast.foreign);
    let (stranger, me) = (cast.stranger.user_id, cast.owner.user_id);
    let expense = new_expense(own);
    let bodies = [
        (with(expense.clone(), "paid_by", json!(stranger)), "paid_by"),
        (
            with(
                expense.clone(),
                "payers",
                json!([{"user_id": me, "amount": 1}, {"user_id": stranger, "amount": 1}]),
            ),
            "payers[1].user_id",
        ),
        (with(expense.clone(), "splits", json!([{"user_id": stranger}])), "splits[0].user_id"),
        (with(expense.clone(), "splits", json!([{"user_id": cast.ex_member.user_id}])), "splits[0].user_id"),
        (with(expense.clone(), "receipts", json!([foreign.receipt])), "receipts[0]"),
    ];
    for (body, field) in &bodies {
        refused_field(&cast.owner.post("/api/expenses", body).await?, 400, "VALIDATION_ERROR", field);
        let batch = json!({"expenses": [expense, body]});
        let field = format!("expenses[1].{field}");
        let answer = cast.owner.post("/api/expenses/batch", &batch).await?;
        refused_field(&answer, 400, "VALIDATION_ERROR", &field);
    }
    let elsewhere = json!({"expenses": [expense, new_expense(foreign)]});
    let answer = cast.owner.post("/api/expenses/batch", &elsewhere).await?;
    refused_field(&answer, 400, "VALIDATION_ERROR", "expenses[1].room_id");

    // A foreign expense in a bill, and one that does not exist, are one.
    let bill = |expense: i64| {
        json!({"title": "x", "description": "", "due_date": "2099-01-01", "room_id": own.room,
            "items": [{"expense_id": expense, "amount": 1}], "split_type": "equal"})
    };
    let theirs = cast.owner.post("/api/bills", &bill(foreign.expense)).await?;
    let nothing = cast.owner.post("/api/bills", &bill(999)).await?;
    assert!((400..500).contains(&theirs.status) && theirs.error().contains("items[0]"), "{}", theirs.text);
    assert_eq!(theirs.text, nothing.text);
    let receipts = |upload: i64| with(expense.clone(), "receipts", json!([upload]));
    let theirs = cast.owner.post("/api/expenses", &receipts(foreign.receipt)).await?;
    let nothing = cast.owner.post("/api/expenses", &receipts(999)).await?;
    assert_eq!(theirs.text, nothing.text);
    let avatar = json!({"avatar": format!("/api/uploads/{}", foreign.receipt)});
    refused_field(&cast.owner.put("/api/users/me", &avatar).await?, 400, "VALIDATION_ERROR", "avatar");
    let taken = json!({"from_user_id": me, "to_user_id": stranger, "amount": 1});
    let answer = cast.owner.post(&format!("/api/rooms/{}/settlements", own.room), &taken).await?;
    refused_field(&answer, 400, "VALIDATION_ERROR", "to_user_id");
    Ok(())
}

/// Deleted things answer like things that never were, to their owner too.
pub(super) async fn what_was_deleted_is_gone_for_everybody(cast: &Cast) -> Result<()> {
    let room = cast.owner.post("/api/rooms", &json!({"name": "短命", "description": ""})).await?.data()?;
    let things = Things { room: id(&room), ..cast.things.clone() };
    let expense = id(&cast.owner.post("/api/expenses", &new_expense(&things)).await?.data()?);
    let path = format!("/api/expenses/{expense}");
    let splits = json!({"splits": [{"user_id": cast.stranger.user_id}]});
    let answer = cast.owner.put(&path, &splits).await?;
    refused_field(&answer, 400, "VALIDATION_ERROR", "splits[0].user_id");
    cast.owner.delete(&path).await?.data()?;
    let bill = json!({"title": "x", "description": "", "due_date": "2099-01-01", "room_id": things.room,
        "items": [{"expense_id": expense, "amount": 1}], "split_type": "equal"});
    for ask in [
        Ask::get(&path),
        Ask::put(&path, json!({"title": "x"})),
        Ask::delete(&path),
        Ask::post(format!("{path}/confirm-split"), json!({"split_id": 1})),
        Ask::post(format!("{path}/disputes"), json!({"split_id": 1, "reason": "x"})),
    ] {
        refused(&ask.by(&cast.owner).await?, 404, "NOT_FOUND");
    }
    let answer = cast.owner.post("/api/bills", &bill).await?;
    assert!((400..500).contains(&answer.status), "{}", answer.text);

    let path = format!("/api/rooms/{}", things.room);
    cast.owner.delete(&path).await?.data()?;
    // Services may remember for a second who is in a room.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    for ask in [
        Ask::get(&path),
        Ask::put(&path, json!({"name": "x"})),
        Ask::delete(&path),
        Ask::get(format!("{path}/balances")),
        Ask::get(format!("/api/stats/room/{}", things.room)),
        Ask::post("/api/expenses", new_expense(&things)),
    ] {
        let answer = ask.by(&cast.owner).await?;
        assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"), "{ask:?} {}", answer.text);
    }
    Ok(())
}
