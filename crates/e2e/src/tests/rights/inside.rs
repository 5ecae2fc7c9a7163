//! Inside a room: what is for admins, for the owner, for parties, for everybody; and what is for operators alone.

use anyhow::Result;
use serde_json::json;

use super::{
    super::face::{read, refused},
    cast::{Ask, Cast, Things},
};

/// A plain member who is no party to expense, bill, dispute and settlement changes none of them.
pub(super) async fn plain_members_do_not_administer(cast: &Cast) -> Result<()> {
    let Things { room, expense, split, bill, approved, bill_split, dispute, settlement, .. } = &cast.things;
    let in_room = format!("/api/rooms/{room}");
    let (owner, admin, stranger) = (cast.owner.user_id, cast.admin.user_id, cast.stranger.user_id);
    let member = cast.member.user_id;
    let bill_body = json!({"title": "x", "description": "", "due_date": "2099-01-01", "room_id": room,
        "items": [{"expense_id": expense, "amount": 1}], "split_type": "equal"});
    for ask in [
        Ask::put(&in_room, json!({"name": "x"})),
        Ask::delete(&in_room),
        Ask::post(format!("{in_room}/members"), json!({"user_id": stranger, "role": "member"})),
        Ask::put(format!("{in_room}/members/{member}"), json!({"role": "admin"})),
        Ask::put(format!("{in_room}/members/{admin}"), json!({"role": "member"})),
        Ask::delete(format!("{in_room}/members/{admin}")),
        Ask::post(format!("{in_room}/invites"), json!({})),
        Ask::post(format!("{in_room}/transfer"), json!({"user_id": member})),
        Ask::post(
            format!("{in_room}/settlements"),
            json!({"from_user_id": admin, "to_user_id": owner, "amount": 1}),
        ),
        Ask::delete(format!("{in_room}/settlements/{settlement}")),
        Ask::put(format!("/api/expenses/{expense}"), json!({"title": "x"})),
        Ask::delete(format!("/api/expenses/{expense}")),
        Ask::post(format!("/api/expenses/{expense}/confirm-split"), json!({"split_id": split})),
        Ask::post(format!("/api/expenses/{expense}/disputes"), json!({"split_id": split, "reason": "x"})),
        Ask::put(format!("/api/bills/{bill}"), bill_body),
        Ask::post(format!("/api/bills/{bill}/review"), json!({"status": "approved", "review_comment": ""})),
        Ask::post(format!("/api/bills/{approved}/confirm-payment"), json!({"split_id": bill_split})),
        Ask::post(format!("/api/bills/{approved}/disputes"), json!({"split_id": bill_split, "reason": "x"})),
        Ask::post(format!("/api/disputes/{dispute}/resolve"), json!({"decision": "upheld", "comment": ""})),
    ] {
        let answer = ask.by(&cast.member).await?;
        assert_eq!((answer.status, answer.code()), (403, "FORBIDDEN"), "{ask:?} {}", answer.text);
    }
    Ok(())
}

/// Owning is more than administering, and nobody judges his own cause.
pub(super) async fn some_things_are_the_owners_alone(cast: &Cast) -> Result<()> {
    let Things { room, bill, dispute, .. } = &cast.things;
    let in_room = format!("/api/rooms/{room}");
    let transfer = Ask::post(format!("{in_room}/transfer"), json!({"user_id": cast.admin.user_id}));
    for ask in [Ask::delete(&in_room), transfer] {
        refused(&ask.by(&cast.admin).await?, 403, "FORBIDDEN");
    }
    let remove_owner = Ask::delete(format!("{in_room}/members/{}", cast.owner.user_id));
    refused(&remove_owner.by(&cast.admin).await?, 409, "STATE_CONFLICT");
    refused(&remove_owner.by(&cast.owner).await?, 409, "STATE_CONFLICT");
    let demote = Ask::put(format!("{in_room}/members/{}", cast.owner.user_id), json!({"role": "member"}));
    refused(&demote.by(&cast.admin).await?, 403, "FORBIDDEN");

    let review =
        Ask::post(format!("/api/bills/{bill}/review"), json!({"status": "approved", "review_comment": ""}));
    refused(&review.by(&cast.owner).await?, 403, "FORBIDDEN");
    // Every admin is a party, so an admin decides all the same, but not the one who disputes.
    let resolve =
        Ask::post(format!("/api/disputes/{dispute}/resolve"), json!({"decision": "upheld", "comment": ""}));
    refused(&resolve.by(&cast.member).await?, 403, "FORBIDDEN");
    Ok(())
}

/// System statistics, tasks, accounts and the audit trail are for administrators of the platform.
pub(super) async fn operators_work_is_for_operators(cast: &Cast) -> Result<()> {
    let user = cast.member.user_id;
    let role = json!({"role": "admin", "permissions": ["payment:read"]});
    for ask in [
        Ask::get("/api/stats/system"),
        Ask::get("/api/payment-optimization/task-status"),
        Ask::post("/api/payment-optimization/trigger-task", json!({"task_type": "payment_reminder"})),
        Ask::get("/api/admin/users"),
        Ask::get("/api/admin/audit"),
        Ask::put(format!("/api/admin/users/{user}/role"), role),
        Ask::put(format!("/api/admin/users/{user}/status"), json!({"disabled": true})),
    ] {
        for client in [&cast.owner, &cast.admin, &cast.member, &cast.stranger, &cast.ex_member] {
            let answer = ask.by(client).await?;
            assert_eq!((answer.status, answer.code()), (403, "FORBIDDEN"), "{ask:?} {}", answer.text);
        }
    }
    for path in ["/api/stats/system", "/api/payment-optimization/task-status", "/api/admin/users"] {
        assert_eq!(cast.operator.get(path).await?.status, 200, "{path}");
    }
    // Permissions of a user without the role open nothing (002: "ADMIN + payment:read" means both).
    let grant = json!({"role": "user", "permissions": ["payment:read", "payment:write"]});
    let path = format!("/api/admin/users/{}/role", cast.other.user_id);
    cast.operator.put(&path, &grant).await?.data()?;
    let other = cast.nobody.login("other", crate::stage::PASSWORD).await?;
    refused(&other.get("/api/stats/system").await?, 403, "FORBIDDEN");
    refused(&other.get("/api/admin/users").await?, 403, "FORBIDDEN");
    Ok(())
}

/// The same doors open for those who may.
pub(super) async fn what_everybody_may_works(cast: &Cast) -> Result<()> {
    let Things { room, expense, bill, receipt, .. } = &cast.things;
    for client in [&cast.owner, &cast.admin, &cast.member] {
        for path in [
            format!("/api/rooms/{room}"),
            format!("/api/rooms/{room}/balances"),
            format!("/api/rooms/{room}/settlement"),
            format!("/api/rooms/{room}/settlement/explain?user_id={}", cast.owner.user_id),
            format!("/api/rooms/{room}/settlements"),
            format!("/api/rooms/{room}/disputes"),
            format!("/api/stats/room/{room}"),
            format!("/api/expenses/{expense}"),
            format!("/api/expenses/{expense}/history"),
            format!("/api/bills/{bill}"),
            format!("/api/uploads/{receipt}"),
        ] {
            assert_eq!(client.get(&path).await?.status, 200, "{path}");
        }
    }
    // A plain member records for himself and for others, and leaves when he owes nothing.
    let own = json!({"title": "我的", "amount": 3, "category": "food", "description": "", "date": "2026-01-01",
        "room_id": room, "split_type": "equal", "paid_by": cast.owner.user_id,
        "splits": [{"user_id": cast.owner.user_id}]});
    let own = cast.member.post("/api/expenses", &own).await?.data()?;
    let change = cast.member.put(&format!("/api/expenses/{}", own["id"]), &json!({"title": "改"})).await?;
    assert_eq!(change.status, 200, "who recorded it may change it: {}", change.text);
    let gone = cast.member.delete(&format!("/api/rooms/{room}/members/{}", cast.member.user_id)).await?;
    assert_eq!(gone.status, 200, "{}", gone.text);
    refused(&cast.member.get(&format!("/api/rooms/{room}")).await?, 404, "NOT_FOUND");
    let review = json!({"status": "approved", "review_comment": "好"});
    read_status(cast, &format!("/api/bills/{bill}/review"), &review).await
}

async fn read_status(cast: &Cast, path: &str, review: &serde_json::Value) -> Result<()> {
    let reviewed = cast.admin.post(path, review).await?;
    assert_eq!(reviewed.status, 200, "the other admin reviews: {}", reviewed.text);
    let shown = read(&cast.owner.get(path.trim_end_matches("/review")).await?);
    assert_eq!(shown["reviewed_by"], cast.admin.user_id);
    Ok(())
}
