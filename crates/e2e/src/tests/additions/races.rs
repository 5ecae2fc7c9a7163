//! The same thing wanted by several at one moment: exactly as many get it as may, the others are told why.

use anyhow::Result;
use futures::future::{join, join_all};
use serde_json::{Value, json};

use super::super::{
    face::{read, refused},
    room::Room,
};
use crate::{
    client::{Answer, Client},
    stage::{PASSWORD, Stage},
};

/// Those who won; the others were refused in one of these ways.
fn winners(answers: Vec<Result<Answer>>, refusals: &[(u16, &str)]) -> Result<Vec<Value>> {
    let mut won = Vec::new();
    for answer in answers {
        let answer = answer?;
        if answer.status == 200 {
            won.push(answer.data()?);
        } else {
            let told = (answer.status, answer.code());
            assert!(refusals.contains(&told), "{}", answer.text);
        }
    }
    Ok(won)
}

pub(super) async fn one_name_is_registered_once(stage: &Stage) -> Result<()> {
    let nobody = stage.nobody()?;
    let posts = (0..8).map(|at| {
        let name = if at % 2 == 0 { "racer" } else { "RACER" };
        let body = json!({"username": name, "email": format!("r{at}@example.com"), "password": PASSWORD, "full_name": "快"});
        let nobody = nobody.clone();
        async move { nobody.post("/api/auth/register", &body).await }
    });
    let won = winners(join_all(posts).await, &[(409, "DUPLICATE_ENTRY"), (503, "SERVICE_UNAVAILABLE")])?;
    assert_eq!(won.len(), 1);
    Ok(())
}

pub(super) async fn an_invite_is_used_as_often_as_it_may(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "invited").await?;
    let invite = room.admin().post(&room.path("/invites"), &json!({"max_uses": 2})).await?.data()?;
    let code = json!({"code": invite["code"]});
    let mut guests = Vec::new();
    for at in 0..5 {
        guests.push(stage.person(&format!("race_guest{at}"), "客").await?);
    }
    let posts = guests.iter().map(|guest| guest.post("/api/rooms/join", &code));
    let won = winners(join_all(posts).await, &[(409, "STATE_CONFLICT")])?;
    assert_eq!(won.len(), 2);
    let members = read(&room.admin().get(&room.path("")).await?);
    assert_eq!(members["members"].as_array().unwrap().len(), 6, "{members}");
    Ok(())
}

pub(super) async fn a_refresh_token_is_traded_once(stage: &Stage) -> Result<()> {
    let nobody = stage.nobody()?;
    nobody.register("trader", "换").await?;
    let login = json!({"username": "trader", "password": PASSWORD});
    let tokens = nobody.post("/api/auth/login", &login).await?.data()?;
    let body = json!({"refresh_token": tokens["refresh_token"]});
    let posts = (0..5).map(|_| nobody.post("/api/auth/refresh", &body));
    let won = winners(join_all(posts).await, &[(401, "AUTH_INVALID"), (401, "AUTH_EXPIRED")])?;
    assert!(won.len() <= 1, "{won:?}");
    Ok(())
}

fn bill(room: &Room, expense: &Value, amount: i64) -> Value {
    json!({"title": "账单", "description": "", "due_date": "2099-12-31", "room_id": room.id,
        "items": [{"expense_id": expense["id"], "amount": amount}], "split_type": "equal"})
}

pub(super) async fn bills_never_hold_more_than_their_expense(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "greedy").await?;
    let expense = room.admin().post("/api/expenses", &room.expense("大件", "100.00")).await?.data()?;
    let body = bill(&room, &expense, 40);
    let posts = room.people.iter().map(|person| person.post("/api/bills", &body));
    let won = winners(join_all(posts).await, &[(400, "VALIDATION_ERROR"), (409, "STATE_CONFLICT")])?;
    assert_eq!(won.len(), 2, "two of 40 fit into 100");
    Ok(())
}

/// One says yes and one says no at the same moment: one of them decides.
pub(super) async fn a_bill_is_reviewed_once(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "jury").await?;
    for _ in 0..4 {
        let expense = room.admin().post("/api/expenses", &room.expense("审", "40.00")).await?.data()?;
        let sent = room.admin().post("/api/bills", &bill(&room, &expense, 40)).await?.data()?;
        let path = format!("/api/bills/{}/review", sent["id"]);
        let say = |status: &str| json!({"status": status, "review_comment": ""});
        let words = [say("approved"), say("rejected"), say("approved")];
        let posts = room.people.iter().skip(1).zip(&words).map(|(person, word)| person.post(&path, word));
        let won = winners(join_all(posts).await, &[(409, "STATE_CONFLICT")])?;
        assert_eq!(won.len(), 1, "{won:?}");
        let shown = read(&room.admin().get(path.trim_end_matches("/review")).await?);
        assert_eq!((&shown["status"], &shown["reviewed_by"]), (&won[0]["status"], &won[0]["reviewed_by"]));
    }
    Ok(())
}

/// Leaving and being named in an expense at the same moment: whoever is gone owes nothing.
pub(super) async fn nobody_leaves_a_debt_behind(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "fleeing").await?;
    let [admin, fleeing] = [0, 1].map(|at| &room.people[at]);
    let me = room.path(&format!("/members/{}", fleeing.user_id));
    for _ in 0..6 {
        let mut body = room.expense("最后一笔", "4.00");
        body["splits"] = json!([{"user_id": admin.user_id}, {"user_id": fleeing.user_id}]);
        let (left, spent) = join(fleeing.delete(&me), admin.post("/api/expenses", &body)).await;
        let (left, spent) = (left?, spent?);
        match (left.status, spent.status) {
            (200, 200) => panic!("left with a debt: {} {}", left.text, spent.text),
            (200, _) => assert!((400..500).contains(&spent.status), "{}", spent.text),
            _ => refused(&left, 409, "STATE_CONFLICT"),
        }
        come_back(&room, fleeing, left.status == 200, &spent).await?;
    }
    Ok(())
}

/// Takes him in again, and the expense back, for the next round.
async fn come_back(room: &Room, person: &Client, is_gone: bool, spent: &Answer) -> Result<()> {
    let admin = room.admin();
    if is_gone {
        let member = json!({"user_id": person.user_id, "role": "member"});
        admin.post(&room.path("/members"), &member).await?.data()?;
    }
    if spent.status == 200 {
        admin.delete(&format!("/api/expenses/{}", spent.body["data"]["id"])).await?;
    }
    assert_eq!(room.balances().await?, ["0.00"; 4]);
    Ok(())
}
