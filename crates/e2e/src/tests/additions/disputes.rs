//! Disputes of one share, and bills that are sent again (contract sections 5, 15).

use anyhow::Result;
use serde_json::{Value, json};

use super::super::{
    face::{done, exactly, read, refused, refused_field, row, said},
    room::Room,
};
use crate::{client::Client, stage::Stage};

const DISPUTE: &str = "id room_id split_id status reason opened_by created_at";
const DECISION: &str = "comment resolved_by resolved_at";

fn share(object: &Value, person: &Client) -> Value {
    row(&object["splits"], "user_id", person.user_id)["id"].clone()
}

pub(super) async fn a_disputed_share_is_frozen_alone(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "dispute").await?;
    let [admin, payer, debtor, other] = [0, 1, 2, 3].map(|at| &room.people[at]);
    let mut body = room.expense("电影", "40.00");
    body["paid_by"] = json!(payer.user_id);
    let expense = admin.post("/api/expenses", &body).await?.data()?;
    let path = format!("/api/expenses/{}", expense["id"]);
    let disputed = json!({"split_id": share(&expense, debtor), "reason": "没有去"});
    for (field, wrong) in [
        ("reason", json!({"split_id": share(&expense, debtor), "reason": ""})),
        ("split_id", json!({"split_id": 0, "reason": "x"})),
    ] {
        let answer = debtor.post(&format!("{path}/disputes"), &wrong).await?;
        refused_field(&answer, 400, "VALIDATION_ERROR", field);
    }
    // The payer's own share is no debt, so there is nothing to dispute.
    let own = json!({"split_id": share(&expense, payer), "reason": "x"});
    refused(&payer.post(&format!("{path}/disputes"), &own).await?, 409, "STATE_CONFLICT");

    let dispute = said(&debtor.post(&format!("{path}/disputes"), &disputed).await?, "争议提交成功");
    exactly(&dispute, DISPUTE, "expense_id");
    assert_eq!((&dispute["status"], &dispute["opened_by"]), (&json!("open"), &json!(debtor.user_id)));
    refused(&payer.post(&format!("{path}/disputes"), &disputed).await?, 409, "STATE_CONFLICT");
    let shown = read(&other.get(&path).await?);
    for split in shown["splits"].as_array().unwrap() {
        let is_frozen = split["user_id"] == debtor.user_id;
        exactly(split, "id user_id amount is_paid user", if is_frozen { "is_frozen" } else { "" });
    }
    let confirm = |person: &Client| json!({"split_id": share(&expense, person)});
    for client in [debtor, payer, admin] {
        let answer = client.post(&format!("{path}/confirm-split"), &confirm(debtor)).await?;
        refused(&answer, 409, "STATE_CONFLICT");
    }
    refused(&admin.put(&path, &json!({"amount": 44})).await?, 409, "STATE_CONFLICT");
    done(&other.post(&format!("{path}/confirm-split"), &confirm(other)).await?, "分摊支付确认成功");
    let leave = room.path(&format!("/members/{}", debtor.user_id));
    refused(&debtor.delete(&leave).await?, 409, "STATE_CONFLICT");

    let open = read(&other.get(&room.path("/disputes?status=open")).await?);
    assert_eq!(open, json!([dispute]));
    let resolve = format!("/api/disputes/{}/resolve", dispute["id"]);
    refused(&payer.post(&resolve, &json!({"decision": "upheld", "comment": ""})).await?, 403, "FORBIDDEN");
    let maybe = json!({"decision": "maybe", "comment": ""});
    refused_field(&admin.post(&resolve, &maybe).await?, 400, "VALIDATION_ERROR", "decision");
    let decided = said(
        &admin.post(&resolve, &json!({"decision": "rejected", "comment": "去了"})).await?,
        "争议处理成功",
    );
    exactly(&decided, DISPUTE, &format!("expense_id {DECISION}"));
    let told = (&decided["status"], &decided["comment"], &decided["resolved_by"]);
    assert_eq!(told, (&json!("rejected"), &json!("去了"), &json!(admin.user_id)));
    refused(
        &admin.post(&resolve, &json!({"decision": "upheld", "comment": ""})).await?,
        409,
        "STATE_CONFLICT",
    );
    assert_eq!(read(&other.get(&room.path("/disputes?status=open")).await?), json!([]));
    done(&debtor.post(&format!("{path}/confirm-split"), &confirm(debtor)).await?, "分摊支付确认成功");
    an_upheld_dispute_lets_the_expense_be_mended(&room).await
}

async fn an_upheld_dispute_lets_the_expense_be_mended(room: &Room) -> Result<()> {
    let [admin, payer, debtor] = [0, 1, 2].map(|at| &room.people[at]);
    let mut body = room.expense("烧烤", "30.00");
    body["paid_by"] = json!(payer.user_id);
    let expense = admin.post("/api/expenses", &body).await?.data()?;
    let path = format!("/api/expenses/{}", expense["id"]);
    let disputed = json!({"split_id": share(&expense, debtor), "reason": "没有去"});
    let dispute = debtor.post(&format!("{path}/disputes"), &disputed).await?.data()?;
    let resolve = format!("/api/disputes/{}/resolve", dispute["id"]);
    let decided = admin.post(&resolve, &json!({"decision": "upheld", "comment": ""})).await?.data()?;
    assert_eq!(decided["status"], "upheld");
    let mended =
        json!({"split_type": "equal", "splits": [{"user_id": payer.user_id}, {"user_id": admin.user_id}]});
    admin.put(&path, &mended).await?.data()?;
    let shown = read(&debtor.get(&path).await?);
    assert_eq!(shown["splits"].as_array().unwrap().len(), 2, "{shown}");
    Ok(())
}

/// An approved bill over one new expense of the first, shared by all.
async fn approved_bill(room: &Room, amount: &str) -> Result<(Value, Value)> {
    let admin = room.admin();
    let expense = admin.post("/api/expenses", &room.expense("账单里的", amount)).await?.data()?;
    let body = json!({"title": "账单", "description": "", "due_date": "2099-12-31", "room_id": room.id,
        "items": [{"expense_id": expense["id"], "amount": amount}], "split_type": "equal"});
    let bill = admin.post("/api/bills", &body).await?.data()?;
    let review = json!({"status": "approved", "review_comment": ""});
    room.people[1].post(&format!("/api/bills/{}/review", bill["id"]), &review).await?.data()?;
    Ok((bill, expense))
}

pub(super) async fn a_disputed_bill_share_is_frozen_alone(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "bill_dispute").await?;
    let [admin, judge, debtor, other] = [0, 1, 2, 3].map(|at| &room.people[at]);
    let promote = room.path(&format!("/members/{}", judge.user_id));
    let (bill, expense) = approved_bill(&room, "40.00").await?;
    admin.put(&promote, &json!({"role": "admin"})).await?.data()?;
    // Services may remember for a second who is what in a room.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let path = format!("/api/bills/{}", bill["id"]);
    let disputed = json!({"split_id": share(&bill, debtor), "reason": "多算了"});
    let dispute = said(&debtor.post(&format!("{path}/disputes"), &disputed).await?, "争议提交成功");
    exactly(&dispute, DISPUTE, "bill_id");
    assert_eq!(dispute["bill_id"], bill["id"]);
    assert_eq!(row(&read(&other.get(&path).await?)["splits"], "user_id", debtor.user_id)["is_frozen"], true);
    let confirm = |person: &Client| json!({"split_id": share(&bill, person)});
    refused(&debtor.post(&format!("{path}/confirm-payment"), &confirm(debtor)).await?, 409, "STATE_CONFLICT");
    // Both ways: the expense's share behind it is frozen with it.
    let behind = json!({"split_id": share(&expense, debtor)});
    let answer = debtor.post(&format!("/api/expenses/{}/confirm-split", expense["id"]), &behind).await?;
    refused(&answer, 409, "STATE_CONFLICT");
    done(&other.post(&format!("{path}/confirm-payment"), &confirm(other)).await?, "账单支付确认成功");

    // The author is the payee and so a party: the other admin decides.
    let resolve = format!("/api/disputes/{}/resolve", dispute["id"]);
    let stands = json!({"decision": "rejected", "comment": "没有多算"});
    refused(&admin.post(&resolve, &stands).await?, 403, "FORBIDDEN");
    exactly(&judge.post(&resolve, &stands).await?.data()?, DISPUTE, &format!("bill_id {DECISION}"));
    done(&debtor.post(&format!("{path}/confirm-payment"), &confirm(debtor)).await?, "账单支付确认成功");
    let shown = read(&other.get(&path).await?);
    assert_eq!(shown["payment_status"], "partial");
    let paid = read(&other.get(&format!("/api/expenses/{}", expense["id"])).await?);
    assert_eq!(row(&paid["splits"], "user_id", debtor.user_id)["is_paid"], true, "both ways show it paid");
    Ok(())
}

/// Rejected, edited, sent again, approved: and nothing of it out of turn.
pub(super) async fn a_rejected_bill_is_sent_again(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "resend").await?;
    let (author, reviewer) = (room.admin(), &room.people[1]);
    let expense = author.post("/api/expenses", &room.expense("聚餐", "80.00")).await?.data()?;
    let body = |title: &str, amount: &str| {
        json!({"title": title, "description": "", "due_date": "2099-12-31", "room_id": room.id,
            "items": [{"expense_id": expense["id"], "amount": amount}], "split_type": "equal"})
    };
    let bill = author.post("/api/bills", &body("初稿", "40.00")).await?.data()?;
    let path = format!("/api/bills/{}", bill["id"]);
    let review = |status: &str| json!({"status": status, "review_comment": "意见"});
    refused(&author.put(&path, &body("早了", "40.00")).await?, 409, "STATE_CONFLICT");
    for wrong in ["pending", "maybe", ""] {
        let answer = reviewer.post(&format!("{path}/review"), &review(wrong)).await?;
        refused_field(&answer, 400, "VALIDATION_ERROR", "status");
    }
    reviewer.post(&format!("{path}/review"), &review("rejected")).await?.data()?;
    refused(&reviewer.post(&format!("{path}/review"), &review("approved")).await?, 409, "STATE_CONFLICT");
    let confirm = json!({"split_id": share(&bill, reviewer)});
    refused(&reviewer.post(&format!("{path}/confirm-payment"), &confirm).await?, 409, "STATE_CONFLICT");

    let again = said(&author.put(&path, &body("二稿", "80.00")).await?, "账单重新提交成功");
    let told = (&again["title"], &again["status"], &again["total_amount"]);
    assert_eq!(told, (&json!("二稿"), &json!("pending"), &json!(80.0)));
    assert_eq!(
        again["splits"].as_array().unwrap().iter().map(|split| split["amount"].clone()).collect::<Vec<_>>(),
        [20.0; 4]
    );
    let shown = read(&reviewer.get(&path).await?);
    assert!(shown["reviewed_by"].is_null(), "the review is open again: {shown}");
    refused(&author.put(&path, &body("又", "80.00")).await?, 409, "STATE_CONFLICT");
    reviewer.post(&format!("{path}/review"), &review("approved")).await?.data()?;
    refused(&author.put(&path, &body("晚了", "80.00")).await?, 409, "STATE_CONFLICT");
    assert_eq!(read(&author.get(&path).await?)["status"], "approved");
    Ok(())
}
