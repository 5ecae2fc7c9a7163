//! Figures of one truth in all their views, how far a bill is paid, and what an import says (sections 5, 11, 15).

use anyhow::Result;
use serde_json::{Value, json};

use super::super::{
    face::{exactly, fen, listing, read, refused_field, row, said},
    room::Room,
};
use crate::stage::Stage;

const SHEET: &str = "Date,Description,Category,Cost,Currency,室友A,室友B\n\n\
                     2026-09-01,饭,Dining out,10.00,CNY,5.00,-5.00\n\
                     2026-09-02,还钱,Payment,3.00,CNY,-3.00,3.00\n\n\
                     2026-09-03,Total balance, , ,CNY,2.00,-2.00\n";

/// Balances, room statistics and explanations agree after every kind of movement.
pub(super) async fn all_figures_come_from_the_same_rows(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "figures").await?;
    let (payer, debtor) = (room.admin(), &room.people[1]);
    let expense = payer.post("/api/expenses", &room.expense("饭", "100.01")).await?.data()?;
    agree(&room).await?;
    let share = row(&expense["splits"], "user_id", debtor.user_id);
    let path = format!("/api/expenses/{}/confirm-split", expense["id"]);
    let before = read(&debtor.get("/api/stats/user").await?);
    debtor.post(&path, &json!({"split_id": share["id"]})).await?.data()?;
    agree(&room).await?;
    let after = read(&debtor.get("/api/stats/user").await?);
    assert_eq!(fen(&before["owed_amount"]), fen(&share["amount"]), "{before}");
    assert_eq!(
        (fen(&after["owed_amount"]), fen(&after["paid_amount"])),
        (0, fen(&share["amount"])),
        "{after}"
    );

    // Handed over counts as paid, received as owed, so that the balance stays their difference.
    let stats = read(&payer.get(&format!("/api/stats/room/{}", room.id)).await?);
    let giver = row(&stats["member_balance"], "user_id", debtor.user_id);
    assert_eq!((fen(&giver["paid"]), fen(&giver["owed"])), (fen(&share["amount"]), fen(&share["amount"])));

    let body = json!({"from_user_id": room.people[2].user_id, "to_user_id": payer.user_id, "amount": "7.77"});
    let settlement = said(&room.people[2].post(&room.path("/settlements"), &body).await?, "结算记录创建成功");
    exactly(
        &settlement,
        "id room_id from_user_id to_user_id amount currency date kind note created_by created_at",
        "",
    );
    agree(&room).await?;
    let rows = listing(&payer.get(&room.path("/settlements")).await?);
    assert_eq!(rows[0], settlement, "newest first, beside the confirmed share: {rows}");
    assert_eq!((rows.as_array().unwrap().len(), &rows[1]["kind"]), (2, &json!("split")));
    payer.delete(&room.path(&format!("/settlements/{}", settlement["id"]))).await?.data()?;
    agree(&room).await
}

async fn agree(room: &Room) -> Result<()> {
    let balances = read(&room.admin().get(&room.path("/balances")).await?);
    let stats = read(&room.admin().get(&format!("/api/stats/room/{}", room.id)).await?);
    let mut sum = 0;
    for person in &room.people {
        let balance = fen(&row(&balances, "user_id", person.user_id)["balance"]);
        let counted = row(&stats["member_balance"], "user_id", person.user_id);
        assert_eq!(fen(&counted["balance"]), balance, "{stats} {balances}");
        assert_eq!(fen(&counted["paid"]) - fen(&counted["owed"]), balance, "{stats}");
        let path = room.path(&format!("/settlement/explain?user_id={}", person.user_id));
        let told = read(&room.admin().get(&path).await?);
        let net = |rows: &Value| -> i64 { rows.as_array().unwrap().iter().map(|row| fen(&row["net"])).sum() };
        assert_eq!(net(&told["lines"]) + net(&told["settled"]), balance, "{told}");
        assert_eq!(fen(&told["balance"]), balance, "{told}");
        sum += balance;
    }
    assert_eq!(sum, 0, "{balances}");
    Ok(())
}

/// `unpaid`, `partial`, `paid`, and `overdue` once the day is past.
pub(super) async fn a_bill_shows_how_far_it_is_paid(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "progress").await?;
    let (author, reviewer) = (room.admin(), &room.people[1]);
    for (due_date, before) in [("2099-12-31", ["unpaid", "partial"]), ("2026-01-31", ["overdue", "overdue"])]
    {
        let expense = author.post("/api/expenses", &room.expense("账", "40.00")).await?.data()?;
        let body = json!({"title": "账单", "description": "", "due_date": due_date, "room_id": room.id,
            "items": [{"expense_id": expense["id"]}], "split_type": "equal"});
        let bill = author.post("/api/bills", &body).await?.data()?;
        assert_eq!(bill["total_amount"], 40.0, "an item without an amount is all that is left");
        let path = format!("/api/bills/{}", bill["id"]);
        let review = json!({"status": "approved", "review_comment": ""});
        reviewer.post(&format!("{path}/review"), &review).await?.data()?;
        let status = async || -> Result<Value> {
            let list = listing(&author.get(&format!("/api/bills?room_id={}", room.id)).await?);
            let listed = row(&list, "id", bill["id"].clone())["payment_status"].clone();
            let shown = read(&author.get(&path).await?)["payment_status"].clone();
            assert_eq!(listed, shown);
            Ok(shown)
        };
        assert_eq!(status().await?, before[0], "{due_date}");
        for (at, person) in room.people.iter().enumerate().skip(1) {
            let share = row(&bill["splits"], "user_id", person.user_id)["id"].clone();
            person.post(&format!("{path}/confirm-payment"), &json!({"split_id": share})).await?.data()?;
            let expected = if at == 3 { "paid" } else { before[1] };
            assert_eq!(status().await?, expected, "{due_date} after {at}");
        }
    }
    Ok(())
}

pub(super) async fn an_import_says_what_it_would_do_and_what_it_did(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "import").await?;
    let admin = room.admin();
    let path = room.path("/import");
    let send = async |query: &str, file: &str, mapping: Option<Value>| {
        let fields: Vec<_> = mapping.iter().map(|mapping| ("mapping", mapping.to_string())).collect();
        admin.upload(&format!("{path}{query}"), "export.csv", file.into(), &fields).await
    };
    let unknown = SHEET.replace("室友B", "某人");
    let preview = read(&send("?preview=true", &unknown, None).await?);
    exactly(&preview, "expenses settlements members errors", "skipped");
    assert_eq!((&preview["expenses"], &preview["settlements"]), (&json!(1), &json!(1)));
    preview["members"].as_array().unwrap().iter().for_each(|member| exactly(member, "column user_id", ""));
    assert_eq!(row(&preview["members"], "column", "某人")["user_id"], Value::Null);
    refused_field(&send("", &unknown, None).await?, 400, "VALIDATION_ERROR", "某人");
    let stranger = stage.person("unimported", "外人").await?;
    let wrong = json!({"某人": stranger.user_id});
    refused_field(&send("", &unknown, Some(wrong)).await?, 400, "VALIDATION_ERROR", "mapping");

    let mapping = json!({"某人": room.people[1].user_id});
    let done = said(&send("", &unknown, Some(mapping.clone())).await?, "费用导入成功");
    exactly(&done, "imported settlements skipped", "members");
    let told = (&done["imported"], &done["settlements"], &done["skipped"]);
    assert_eq!(told, (&json!(1), &json!(1), &json!(0)));
    assert_eq!(room.balances().await?, ["2.00", "-2.00", "0.00", "0.00"]);
    let again = said(&send("", &unknown, Some(mapping)).await?, "费用导入成功");
    let told = (&again["imported"], &again["settlements"], &again["skipped"]);
    assert_eq!(told, (&json!(0), &json!(0), &json!(2)));
    for (file, field) in [("", "file"), ("not,a,sheet\n", "file"), ("\u{0}\u{1}", "file")] {
        refused_field(&send("", file, None).await?, 400, "VALIDATION_ERROR", field);
    }
    Ok(())
}
