//! The demo's story: four flatmates, an invite, a year of expenses from a Splitwise export, one approved bill.

use anyhow::{Context, Result};
use clock::Clock;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Http;

/// An academic year of a four-person dorm in the layout of a Splitwise group export.
pub(crate) const EXPORT: &str = include_str!("../../../../demo/splitwise-export-dorm.csv");
/// Steps that the progress bar counts.
pub(crate) const STEPS: u64 = 9;

const FLATMATES: [(&str, &str); 4] =
    [("xiaolin", "室友A"), ("dawei", "室友B"), ("meiqi", "室友C"), ("junjie", "室友D")];
const ROOM_NAME: &str = "3号楼 501";
/// Expenses put on the demo bill: the newest ones.
const BILL_ITEMS: usize = 4;

/// What was loaded.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Dorm {
    /// Shown name of the room.
    pub(crate) room_name: String,
    /// Its id.
    pub(crate) room_id: i64,
    /// The approved bill.
    pub(crate) bill_id: i64,
    /// The flatmates; the first is the room's admin.
    pub(crate) usernames: Vec<String>,
    /// One password for all of them, made at random.
    pub(crate) password: String,
}

/// Plays the story.
///
/// # Errors
/// The first refusal.
pub(crate) async fn load(base_url: &str, progress: &ProgressBar) -> Result<Dorm> {
    let password = Clock::system().token(12);
    let nobody = Http::new(base_url)?;
    let mut people = Vec::new();
    let mut mapping = Map::new();
    for (username, full_name) in FLATMATES {
        progress.set_message(format!("{username} moves in"));
        let body = json!({"username": username, "email": format!("{username}@dorm.example"), "password": password,
            "full_name": full_name});
        let answer = nobody.post("/api/auth/register", &body).await?;
        mapping.insert(full_name.to_owned(), id(&answer)?.into());
        people.push(nobody.login(username, &password).await?);
        progress.inc(1);
    }
    let [admin, others @ ..] = people.as_slice() else { anyhow::bail!("a dorm needs flatmates") };
    let room_id = share_a_room(admin, others).await?;
    progress.inc(1);
    progress.set_message("a year of expenses");
    let path = format!("/api/rooms/{room_id}/import");
    admin.upload(&path, EXPORT, &[("mapping", Value::Object(mapping).to_string())]).await?;
    progress.inc(2);
    progress.set_message("a bill for the last weeks");
    let reviewer = others.first().context("a bill needs a reviewer")?;
    let bill_id = approved_bill(admin, reviewer, room_id).await?;
    progress.inc(2);
    let usernames = FLATMATES.iter().map(|(username, _)| (*username).to_owned()).collect();
    Ok(Dorm { room_name: ROOM_NAME.to_owned(), room_id, bill_id, usernames, password })
}

/// The first makes the room, the others join by its invite.
async fn share_a_room(admin: &Http, others: &[Http]) -> Result<i64> {
    let body = json!({"name": ROOM_NAME, "description": "演示寝室：一个学年的真实账目"});
    let room = admin.post("/api/rooms", &body).await?;
    let room_id = id(&room)?;
    let invite = admin.post(&format!("/api/rooms/{room_id}/invites"), &json!({})).await?;
    let code = invite.pointer("/data/code").context("the invite has no code")?;
    for other in others {
        other.post("/api/rooms/join", &json!({"code": code})).await?;
    }
    Ok(room_id)
}

/// A bill of the newest expenses, divided as the expenses are, so that no balance changes by it.
async fn approved_bill(author: &Http, reviewer: &Http, room_id: i64) -> Result<i64> {
    let expenses = author.get(&format!("/api/expenses?room_id={room_id}&limit={BILL_ITEMS}")).await?;
    let list = expenses.get("data").and_then(Value::as_array).context("the list of expenses is no list")?;
    let items: Vec<Value> = list
        .iter()
        .map(|expense| json!({"expense_id": expense.get("id"), "amount": expense.get("amount")}))
        .collect();
    let body = json!({"title": "七月账单", "description": "学期末结算", "due_date": "2026-12-31", "room_id": room_id,
        "items": items, "split_type": "custom"});
    let bill = author.post("/api/bills", &body).await?;
    let bill_id = id(&bill)?;
    // The author is the room's only admin, so any other member reviews.
    let review = json!({"status": "approved", "review_comment": "没问题"});
    reviewer.post(&format!("/api/bills/{bill_id}/review"), &review).await?;
    Ok(bill_id)
}

/// The id of what an answer shows.
fn id(answer: &Value) -> Result<i64> {
    answer.pointer("/data/id").and_then(Value::as_i64).with_context(|| format!("no id in {answer}"))
}
