//! One room's life, each act followed by the events it causes.

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    super::{face::row, room::Room},
    ear::Ear,
};
use crate::stage::Stage;

const EXPENSE: &str = "id title amount category description date room_id split_type paid_by created_by created_at \
                       splits currency version";
const BILL: &str = "id title description due_date room_id status total_amount created_by created_at splits \
                    payment_status currency split_type";
const REVIEWED: &str = "id title description due_date room_id status total_amount created_by created_at splits \
                        payment_status currency split_type review_comment reviewed_by reviewed_at";
const DISPUTE: &str = "id room_id expense_id split_id status reason opened_by created_at";
const DECIDED: &str = "id room_id expense_id split_id status reason opened_by created_at comment resolved_by \
                       resolved_at";
const NOTIFICATION: &str = "id type title body data is_read created_at";

/// Plays it and gives everything that was heard of the room.
pub(super) async fn a_room_is_heard_from_beginning_to_end(stage: &Stage, room: &Room) -> Result<Vec<Value>> {
    let mut ear = Ear::of(stage, &room.people[1]).await?;
    let mut payer_ear = Ear::of(stage, room.admin()).await?;
    rooms(stage, room, &mut ear).await?;
    expenses(room, &mut ear, &mut payer_ear).await?;
    disputes(room, &mut ear).await?;
    bills(room, &mut ear).await?;
    settlements(room, &mut ear).await?;
    let seqs: Vec<_> = ear.log.iter().map(|frame| frame["seq"].as_i64().unwrap()).collect();
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "gap-free and in order: {seqs:?}");
    assert!(ear.log.iter().all(|frame| frame["room_id"] == room.id));
    Ok(ear.log)
}

/// `room_updated`, and `room_member_changed` (000-V13) for coming, changing and going.
async fn rooms(stage: &Stage, room: &Room, ear: &mut Ear) -> Result<()> {
    let admin = room.admin();
    admin.put(&room.path(""), &json!({"name": "502", "description": "新"})).await?.data()?;
    let data = ear.hear_data("room_updated", "id name description owner_id deleted").await?;
    assert_eq!((&data["name"], &data["deleted"]), (&json!("502"), &json!(false)));

    let guest = stage.person("guest", "客人").await?;
    let path = room.path(&format!("/members/{}", guest.user_id));
    let mut changes = Vec::new();
    admin.post(&room.path("/members"), &json!({"user_id": guest.user_id, "role": "member"})).await?.data()?;
    admin.put(&path, &json!({"role": "admin"})).await?.data()?;
    admin.delete(&path).await?.data()?;
    for _ in 0..3 {
        let data = ear.hear_data("room_member_changed", "room_id user_id change role").await?;
        assert_eq!(data["user_id"], guest.user_id);
        changes.push((data["change"].clone(), data["role"].clone()));
    }
    let expected = [("added", "member"), ("role_changed", "admin"), ("removed", "admin")];
    assert_eq!(changes, expected.map(|(change, role)| (json!(change), json!(role))));
    Ok(())
}

/// 000-V01, V02, V10, V14 and `expense_deleted`.
async fn expenses(room: &Room, ear: &mut Ear, payer_ear: &mut Ear) -> Result<()> {
    let (admin, me) = (room.admin(), &room.people[1]);
    let expense = admin.post("/api/expenses", &room.expense("晚饭", "40.00")).await?.data()?;
    let path = format!("/api/expenses/{}", expense["id"]);
    assert_eq!(ear.hear_data("expense_created", EXPENSE).await?, expense, "as the answer shows it");
    let owed = ear.hear_data("notification", NOTIFICATION).await?;
    assert_eq!((&owed["type"], &owed["data"]["expense_id"]), (&json!("expense_owed"), &expense["id"]));
    assert_eq!((&owed["data"]["amount"], &owed["is_read"]), (&json!(10.0), &json!(false)));

    admin.put(&path, &json!({"title": "夜宵", "amount": 44})).await?.data()?;
    let updated = ear.hear_data("expense_updated", EXPENSE).await?;
    assert_eq!((&updated["title"], &updated["amount"]), (&json!("夜宵"), &json!(44.0)));

    // Asked for anew: the change may have made new shares.
    let shown = me.get(&path).await?.data()?;
    let share = row(&shown["splits"], "user_id", me.user_id)["id"].clone();
    me.post(&format!("{path}/confirm-split"), &json!({"split_id": share})).await?.data()?;
    let confirmed = ear.hear_data("split_payment_confirmed", "expense_id split confirmed_by").await?;
    assert_eq!((&confirmed["expense_id"], &confirmed["confirmed_by"]), (&expense["id"], &json!(me.user_id)));
    assert_eq!((&confirmed["split"]["id"], &confirmed["split"]["is_paid"]), (&share, &json!(true)));
    let paid = payer_ear.hear_data("notification", NOTIFICATION).await?;
    assert_eq!((&paid["type"], &paid["data"]["amount"]), (&json!("share_paid"), &json!(11.0)));

    let mistake = admin.post("/api/expenses", &room.expense("错", "1.00")).await?.data()?;
    admin.delete(&format!("/api/expenses/{}", mistake["id"])).await?.data()?;
    assert_eq!(ear.hear_data("expense_deleted", EXPENSE).await?["id"], mistake["id"]);
    Ok(())
}

/// 000-V12 and `dispute_opened`.
async fn disputes(room: &Room, ear: &mut Ear) -> Result<()> {
    let (admin, me) = (room.admin(), &room.people[1]);
    let mut body = room.expense("争议", "40.00");
    body["paid_by"] = json!(room.people[2].user_id);
    let expense = admin.post("/api/expenses", &body).await?.data()?;
    let share = row(&expense["splits"], "user_id", me.user_id)["id"].clone();
    let dispute = json!({"split_id": share, "reason": "没有吃"});
    let dispute = me.post(&format!("/api/expenses/{}/disputes", expense["id"]), &dispute).await?.data()?;
    assert_eq!(ear.hear_data("dispute_opened", DISPUTE).await?, dispute);

    let decision = json!({"decision": "rejected", "comment": "吃了"});
    let path = format!("/api/disputes/{}/resolve", dispute["id"]);
    let decided = admin.post(&path, &decision).await?.data()?;
    let told = ear.hear_data("dispute_processed", DECIDED).await?;
    assert_eq!(told, decided);
    assert_eq!((&told["status"], &told["resolved_by"]), (&json!("rejected"), &json!(admin.user_id)));
    Ok(())
}

/// 000-V03, V04, V05, V11: both names of a review are sent, and of a confirmation those of bill and expense.
async fn bills(room: &Room, ear: &mut Ear) -> Result<()> {
    let (admin, me) = (room.admin(), &room.people[1]);
    let expense = admin.post("/api/expenses", &room.expense("搬家", "40.00")).await?.data()?;
    let body = json!({"title": "账单", "description": "", "due_date": "2099-12-31", "room_id": room.id,
        "items": [{"expense_id": expense["id"], "amount": 40}], "split_type": "equal"});
    let bill = admin.post("/api/bills", &body).await?.data()?;
    let path = format!("/api/bills/{}", bill["id"]);
    assert_eq!(ear.hear_data("bill_created", BILL).await?, bill, "as the answer shows it");

    for (status, comment) in [("rejected", "少了一项"), ("approved", "好")] {
        let review = json!({"status": status, "review_comment": comment});
        me.post(&format!("{path}/review"), &review).await?.data()?;
        for kind in ["bill_reviewed", "review_status_updated"] {
            let data = ear.hear_data(kind, REVIEWED).await?;
            assert_eq!((&data["id"], &data["status"]), (&bill["id"], &json!(status)), "{kind}");
            assert_eq!(
                (&data["review_comment"], &data["reviewed_by"]),
                (&json!(comment), &json!(me.user_id))
            );
        }
        if status == "rejected" {
            admin.put(&path, &body).await?.data()?;
            assert_eq!(ear.hear_data("bill_updated", BILL).await?["status"], "pending");
            assert_eq!(ear.hear_data("review_status_updated", BILL).await?["status"], "pending");
        }
    }
    let shown = me.get(&path).await?.data()?;
    let share = row(&shown["splits"], "user_id", me.user_id)["id"].clone();
    me.post(&format!("{path}/confirm-payment"), &json!({"split_id": share})).await?.data()?;
    let names = "bill_id split payment_status confirmed_by";
    let confirmed = ear.hear_data("bill_payment_confirmed", names).await?;
    assert_eq!((&confirmed["bill_id"], &confirmed["split"]["id"]), (&bill["id"], &share));
    assert_eq!(
        (&confirmed["payment_status"], &confirmed["split"]["is_paid"]),
        (&json!("partial"), &json!(true))
    );
    let behind = ear.hear("split_payment_confirmed").await?;
    assert_eq!(behind["data"]["expense_id"], expense["id"], "the expense's share behind it: {behind}");
    Ok(())
}

/// Money recorded by hand, and taken back.
async fn settlements(room: &Room, ear: &mut Ear) -> Result<()> {
    let (admin, giver) = (room.admin(), &room.people[2]);
    let body = json!({"from_user_id": giver.user_id, "to_user_id": admin.user_id, "amount": "3.50"});
    let settlement = giver.post(&room.path("/settlements"), &body).await?.data()?;
    assert_eq!(ear.hear("settlement_recorded").await?["data"], settlement);
    admin.delete(&room.path(&format!("/settlements/{}", settlement["id"]))).await?.data()?;
    assert_eq!(ear.hear("settlement_deleted").await?["data"]["id"], settlement["id"]);
    Ok(())
}
