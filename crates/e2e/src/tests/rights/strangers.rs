//! What is in a room does not exist for anybody outside: other rooms' people, ex-members, platform admins.

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    super::face::{listing, read, refused},
    cast::{Ask, Cast, PNG, Things},
};

/// Every request that names a room or something in it. `user` and `mate` are members of some room.
#[expect(clippy::too_many_lines, reason = "a list, one line a request")]
fn asks(things: &Things, user: i64, mate: i64) -> Vec<Ask> {
    let Things {
        room,
        expense,
        split,
        bill,
        approved,
        bill_split,
        dispute,
        settlement,
        receipt,
        notification,
    } = things;
    let (in_room, of_expense, of_bill) =
        (format!("/api/rooms/{room}"), format!("/api/expenses/{expense}"), format!("/api/bills/{bill}"));
    let of_approved = format!("/api/bills/{approved}");
    let confirm = json!({"split_id": split});
    let new_expense = json!({"title": "x", "amount": 1, "category": "food", "description": "",
        "date": "2026-01-01", "room_id": room, "split_type": "equal"});
    let new_bill = json!({"title": "x", "description": "", "due_date": "2099-01-01", "room_id": room,
        "items": [{"expense_id": expense, "amount": 1}], "split_type": "equal"});
    vec![
        Ask::get(&in_room),
        Ask::put(&in_room, json!({"name": "x", "description": "x"})),
        Ask::delete(&in_room),
        Ask::post(format!("{in_room}/members"), json!({"user_id": user, "role": "member"})),
        Ask::put(format!("{in_room}/members/{user}"), json!({"role": "member"})),
        Ask::delete(format!("{in_room}/members/{user}")),
        Ask::post(format!("{in_room}/invites"), json!({})),
        Ask::post(format!("{in_room}/transfer"), json!({"user_id": user})),
        Ask::get(format!("{in_room}/balances")),
        Ask::get(format!("{in_room}/settlement")),
        Ask::get(format!("{in_room}/settlement/explain?user_id={user}")),
        Ask::get(format!("{in_room}/settlements")),
        Ask::post(
            format!("{in_room}/settlements"),
            json!({"from_user_id": user, "to_user_id": mate, "amount": 1}),
        ),
        Ask::delete(format!("{in_room}/settlements/{settlement}")),
        Ask::get(format!("{in_room}/disputes")),
        Ask::get(format!("/api/stats/room/{room}")),
        Ask::get(format!("/api/stats/user?room_id={room}")),
        Ask::get(format!("/api/expenses?room_id={room}")),
        Ask::get(format!("/api/bills?room_id={room}")),
        Ask::post("/api/expenses", new_expense.clone()),
        Ask::post("/api/expenses/batch", json!({"expenses": [new_expense]})),
        Ask::get(&of_expense),
        Ask::put(&of_expense, json!({"title": "x"})),
        Ask::delete(&of_expense),
        Ask::get(format!("{of_expense}/history")),
        Ask::post(format!("{of_expense}/confirm-split"), confirm.clone()),
        Ask::post(format!("{of_expense}/disputes"), json!({"split_id": split, "reason": "x"})),
        Ask::post("/api/bills", new_bill.clone()),
        Ask::get(&of_bill),
        Ask::put(&of_bill, new_bill),
        Ask::post(format!("{of_bill}/review"), json!({"status": "approved", "review_comment": ""})),
        Ask::post(format!("{of_approved}/confirm-payment"), json!({"split_id": bill_split})),
        Ask::post(format!("{of_approved}/disputes"), json!({"split_id": bill_split, "reason": "x"})),
        Ask::post(format!("/api/disputes/{dispute}/resolve"), json!({"decision": "upheld", "comment": ""})),
        Ask::get(format!("/api/uploads/{receipt}")),
        Ask::post(format!("/api/notifications/{notification}/read"), json!({})),
    ]
}

/// Ids that nothing has.
const NOTHING: Things = Things {
    room: 999,
    expense: 999,
    split: 999,
    bill: 999,
    approved: 999,
    bill_split: 999,
    dispute: 999,
    settlement: 999,
    receipt: 999,
    notification: 999,
};

pub(super) async fn a_room_does_not_exist_for_strangers(cast: &Cast) -> Result<()> {
    let (owner, admin) = (cast.owner.user_id, cast.admin.user_id);
    let outsiders = [
        ("another room's owner", &cast.stranger),
        ("another room's member", &cast.other),
        ("an ex-member", &cast.ex_member),
        ("a platform admin", &cast.operator),
    ];
    for (who, client) in outsiders {
        let pairs = asks(&cast.things, owner, admin).into_iter().zip(asks(&NOTHING, owner, admin));
        for (there, nowhere) in pairs {
            let (there_answer, nowhere_answer) = (there.by(client).await?, nowhere.by(client).await?);
            let place = format!("{who}: {there:?} {}", there_answer.text);
            assert_eq!((there_answer.status, there_answer.code()), (404, "NOT_FOUND"), "{place}");
            refused(&there_answer, 404, "NOT_FOUND");
            assert_eq!(there_answer.text, nowhere_answer.text, "exactly as what does not exist: {place}");
        }
        for query in ["", "?preview=true"] {
            let path = format!("/api/rooms/{}/import{query}", cast.things.room);
            let answer = client.upload(&path, "x.csv", PNG.to_vec(), &[]).await?;
            refused(&answer, 404, "NOT_FOUND");
        }
    }
    Ok(())
}

pub(super) async fn lists_and_numbers_tell_strangers_nothing(cast: &Cast) -> Result<()> {
    for client in [&cast.ex_member, &cast.operator] {
        for path in ["/api/rooms", "/api/expenses", "/api/bills"] {
            assert_eq!(listing(&client.get(path).await?), json!([]), "{path}");
        }
        let stats = read(&client.get("/api/stats/user").await?);
        assert_eq!((&stats["total_expenses"], &stats["total_amount"]), (&json!(0), &json!(0.0)));
        assert_eq!((&stats["expense_by_category"], &stats["monthly_trend"]), (&json!([]), &json!([])));
        let stats = read(&client.get("/api/bills/user-stats").await?);
        assert_eq!((&stats["total_bills"], &stats["total_amount"]), (&json!(0), &json!(0.0)));
    }
    let own = |rows: &Value, room: i64| rows.as_array().unwrap().iter().all(|row| row["room_id"] == room);
    for path in ["/api/expenses", "/api/bills"] {
        let rows = listing(&cast.other.get(path).await?);
        assert!(own(&rows, cast.foreign.room), "{rows}");
    }
    // A filter by somebody else's people finds only what is in one's own rooms.
    let path = format!("/api/expenses?paid_by={}", cast.owner.user_id);
    assert_eq!(listing(&cast.stranger.get(&path).await?), json!([]));
    let path = format!("/api/bills?created_by={}", cast.owner.user_id);
    assert_eq!(listing(&cast.stranger.get(&path).await?), json!([]));
    Ok(())
}
