//! The main story: four flatmates settle a year.

use anyhow::Result;
use serde_json::{Value, json};

use super::room::{FLATMATES, Room};
use crate::stage::Stage;

const EXPORT: &str = include_str!("../../../../demo/splitwise-export-dorm.csv");

/// The figures of the export's last row, in the order of its columns.
fn last_row() -> Vec<String> {
    let line = EXPORT.lines().rfind(|line| line.contains("Total balance")).unwrap();
    line.split(',').skip(5).map(|figure| figure.trim().to_owned()).collect()
}

fn mapping(room: &Room) -> String {
    let columns = FLATMATES
        .iter()
        .zip(&room.people)
        .map(|((_, column), person)| ((*column).to_owned(), json!(person.user_id)));
    Value::Object(columns.collect()).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_flatmates_settle_a_year() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    let room = Room::of_four(&stage).await?;
    let (admin, path) = (room.admin(), room.path("/import"));

    let preview =
        admin.upload(&format!("{path}?preview=true"), "export.csv", EXPORT.into(), &[]).await?.data()?;
    assert_eq!(preview["errors"], json!([]), "{preview}");
    let columns: Vec<_> =
        preview["members"].as_array().unwrap().iter().map(|row| row["user_id"].as_i64()).collect();
    assert_eq!(columns, room.people.iter().map(|person| Some(person.user_id)).collect::<Vec<_>>());
    assert_eq!(room.balances().await?, ["0.00"; 4], "a preview writes nothing");

    let fields = [("mapping", mapping(&room))];
    let first = admin.upload(&path, "export.csv", EXPORT.into(), &fields).await?.data()?;
    assert_eq!(room.balances().await?, last_row(), "{first}");
    let again = admin.upload(&path, "export.csv", EXPORT.into(), &fields).await?.data()?;
    assert_eq!((&again["imported"], &again["settlements"]), (&json!(0), &json!(0)), "{again}");
    assert_eq!(room.balances().await?, last_row(), "the second import changes nothing");

    every_fen_is_explained(&room).await?;
    a_bill_is_reviewed_and_paid(&room).await?;
    the_plan_settles_everything(&room).await
}

/// The explanation's lines add up to the balance, for everybody.
async fn every_fen_is_explained(room: &Room) -> Result<()> {
    let balances = room.balances().await?;
    for (person, balance) in room.people.iter().zip(balances) {
        let path = room.path(&format!("/settlement/explain?user_id={}", person.user_id));
        let mut told = room.admin().get(&path).await?.data()?;
        if told.is_array() {
            told = told[0].clone();
        }
        let fen = |value: &Value| money::Minor::parse_json(&value.to_string()).unwrap().get();
        let lines: i64 = told["lines"].as_array().unwrap().iter().map(|line| fen(&line["net"])).sum();
        let settled: i64 = told["settled"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                if row["from_user_id"] == person.user_id { fen(&row["amount"]) } else { -fen(&row["amount"]) }
            })
            .sum();
        assert_eq!(lines + settled, fen(&told["balance"]));
        assert_eq!(format!("{:.2}", told["balance"].as_f64().unwrap()), balance);
    }
    Ok(())
}

/// A bill of one new expense: refused to its author, approved by another, paid share by share.
async fn a_bill_is_reviewed_and_paid(room: &Room) -> Result<()> {
    let before = room.balances().await?;
    let admin = room.admin();
    let expense = admin.post("/api/expenses", &room.expense("搬家聚餐", "100.50")).await?.data()?;
    let body = json!({"title": "聚餐", "description": "", "due_date": "2027-01-31", "room_id": room.id,
        "items": [{"expense_id": expense["id"], "amount": 100.50}], "split_type": "equal"});
    let bill = admin.post("/api/bills", &body).await?.data()?;
    let path = format!("/api/bills/{}", bill["id"]);
    assert_eq!((&bill["status"], &bill["total_amount"]), (&json!("pending"), &json!(100.50)));

    let approve = json!({"status": "approved", "review_comment": "好"});
    assert_eq!(admin.post(&format!("{path}/review"), &approve).await?.code(), "FORBIDDEN");
    room.people[1].post(&format!("{path}/review"), &approve).await?.data()?;
    let edit = admin.put(&format!("/api/expenses/{}", expense["id"]), &json!({"amount": 99})).await?;
    assert_eq!(edit.code(), "STATE_CONFLICT", "an expense of an approved bill stands: {}", edit.text);

    for person in &room.people[1..] {
        let shown = person.get(&path).await?.data()?;
        let split = shown["splits"]
            .as_array()
            .unwrap()
            .iter()
            .find(|split| split["user_id"] == person.user_id)
            .unwrap();
        let confirm = json!({"split_id": split["id"]});
        for _ in 0..2 {
            person.post(&format!("{path}/confirm-payment"), &confirm).await?.data()?;
        }
    }
    let shown = admin.get(&path).await?.data()?;
    assert_eq!(shown["payment_status"], "paid", "{shown}");
    let behind = admin.get(&format!("/api/expenses/{}", expense["id"])).await?.data()?;
    for split in behind["splits"].as_array().unwrap() {
        assert_eq!(split["is_paid"], json!(split["user_id"] != admin.user_id), "both ways show it: {behind}");
    }
    assert_eq!(room.balances().await?, before, "what was laid out was handed over, once");
    Ok(())
}

/// The plan has at most three transfers for four people, and carrying it out leaves nobody owing.
async fn the_plan_settles_everything(room: &Room) -> Result<()> {
    let plan = room.admin().get(&room.path("/settlement")).await?.data()?;
    let plan = &plan[0];
    assert_eq!(plan["method"], "proven_minimal");
    let transfers = plan["transfers"].as_array().unwrap();
    assert!(!transfers.is_empty() && transfers.len() <= 3, "{plan}");
    for transfer in transfers {
        let giver = room.people.iter().find(|person| transfer["from_user_id"] == person.user_id).unwrap();
        giver.post(&room.path("/settlements"), transfer).await?.data()?;
    }
    assert_eq!(room.balances().await?, ["0.00"; 4]);
    let leave = room.people[3].delete(&room.path(&format!("/members/{}", room.people[3].user_id))).await?;
    assert_eq!(leave.status, 200, "who owes nothing may leave: {}", leave.text);
    assert_eq!(room.people[3].get(&room.path("")).await?.code(), "NOT_FOUND");
    Ok(())
}
