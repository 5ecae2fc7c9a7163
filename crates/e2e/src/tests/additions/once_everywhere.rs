//! `Idempotency-Key` on every POST route: the first answer again for the same body, 422 for another (contract
//! section 7). The description of the API says which routes there are.

use std::collections::BTreeSet;

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::{
    face::{refused, row},
    rights::PNG,
    room::Room,
    wallet::recharge,
};
use crate::{
    client::{Answer, Client},
    stage::{PASSWORD, Stage},
};

/// Ends the session that it is called in, so that nobody is left to ask again.
const LOGOUT: &str = "/api/auth/logout";

/// Needs a payment that a provider reported with another amount: the stories of the payment service drive it.
const UNFREEZE: &str = "/api/admin/payments/{id}/unfreeze";

/// One route, by whom, where, with what and with what else.
struct Post<'a> {
    route: &'static str,
    by: &'a Client,
    path: String,
    body: Value,
    other_path: String,
    other: Value,
}

impl<'a> Post<'a> {
    fn new(route: &'static str, by: &'a Client, id: &Value, body: Value, other: Value) -> Self {
        let path = route.replace("{id}", &id.to_string());
        Self { route, by, path: path.clone(), body, other_path: path, other }
    }
}

struct Ids {
    expense: Value,
    second: Value,
    third: Value,
    bill: Value,
    second_bill: Value,
    dispute: Value,
    notifications: [Value; 2],
    invite: Value,
    guest: i64,
    refunds: [Value; 2],
}

pub(super) async fn every_route_answers_again(stage: &Stage) -> Result<()> {
    let room = Room::of_four(stage).await?;
    let ids = furnish(stage, &room).await?;
    let (nobody, operator) = (stage.nobody()?, stage.admin().await?);
    let joiner = stage.person("joiner", "后来").await?;
    let login = json!({"username": "joiner", "password": PASSWORD});
    let session = nobody.post("/api/auth/login", &login).await?.data()?;
    let mut seen = BTreeSet::from([LOGOUT, UNFREEZE]);
    let posts = accounts(&nobody, &operator, &joiner, &session, &ids)
        .into_iter()
        .chain(in_room(&room, &ids))
        .chain(of_expenses(&room, &ids))
        .chain(of_bills(&room, &ids))
        .chain(of_money(&room, &operator, &ids))
        .chain([handing_over(&room)]);
    for (at, post) in posts.enumerate() {
        once(&post, &format!("key {at}")).await?;
        seen.insert(post.route);
    }
    for (route, path) in
        [("/api/uploads", "/api/uploads".to_owned()), ("/api/rooms/{id}/import", room.path("/import"))]
    {
        file_once(&room, route, &path).await?;
        seen.insert(route);
    }
    let api = nobody.get("/openapi/dorm.json").await?.body;
    let paths = api["paths"].as_object().unwrap();
    let known: BTreeSet<_> = paths
        .iter()
        .filter(|(_, methods)| methods["post"].is_object())
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(seen, known, "every POST route was tried");
    a_key_is_its_owners(&room).await
}

async fn once(post: &Post<'_>, key: &str) -> Result<()> {
    let first = post.by.post_once(&post.path, &post.body, key).await?;
    assert_eq!(first.status, 200, "{}: {}", post.route, first.text);
    assert!(!first.headers.contains_key("idempotent-replayed"), "{}", post.route);
    let again = post.by.post_once(&post.path, &post.body, key).await?;
    is_replay(post.route, &first, &again);
    let other = post.by.post_once(&post.other_path, &post.other, key).await?;
    assert_eq!((other.status, other.code()), (422, "IDEMPOTENCY_CONFLICT"), "{}: {}", post.route, other.text);
    Ok(())
}

fn is_replay(route: &str, first: &Answer, again: &Answer) {
    assert_eq!(again.status, 200, "{route}: {}", again.text);
    assert_eq!(first.text, again.text, "{route}");
    let replayed = again.headers.get("idempotent-replayed").and_then(|value| value.to_str().ok());
    assert_eq!(replayed, Some("true"), "{route}: {}", again.text);
}

fn accounts<'a>(
    nobody: &'a Client,
    operator: &'a Client,
    joiner: &'a Client,
    session: &Value,
    ids: &Ids,
) -> Vec<Post<'a>> {
    let none = json!(null);
    let person = |name: &str| json!({"username": name, "email": format!("{name}@example.com"), "password": PASSWORD, "full_name": "名"});
    let task = |name: &str| json!({"task_type": name});
    vec![
        Post::new("/api/auth/register", nobody, &none, person("once"), person("twice")),
        Post::new(
            "/api/auth/login",
            nobody,
            &none,
            json!({"username": "joiner", "password": PASSWORD}),
            json!({"username": "once", "password": PASSWORD}),
        ),
        Post::new(
            "/api/auth/refresh",
            nobody,
            &none,
            json!({"refresh_token": session["refresh_token"]}),
            json!({"refresh_token": "another"}),
        ),
        Post::new("/api/rooms", joiner, &none, json!({"name": "一"}), json!({"name": "二"})),
        Post::new("/api/rooms/join", joiner, &none, ids.invite.clone(), json!({"code": "AAAAAAAAAA"})),
        Post::new(
            "/api/payment-optimization/trigger-task",
            operator,
            &none,
            task("payment_cleanup"),
            task("payment_sync"),
        ),
    ]
}

fn in_room<'a>(room: &'a Room, ids: &Ids) -> Vec<Post<'a>> {
    let (admin, mate) = (room.admin(), &room.people[1]);
    let room_id = json!(room.id);
    let settlement =
        |amount: i64| json!({"from_user_id": mate.user_id, "to_user_id": admin.user_id, "amount": amount});
    let member = |role: &str| json!({"user_id": ids.guest, "role": role});
    let [notification, another] = &ids.notifications;
    let read = "/api/notifications/{id}/read";
    vec![
        Post::new("/api/rooms/{id}/members", admin, &room_id, member("member"), member("admin")),
        Post::new("/api/rooms/{id}/invites", admin, &room_id, json!({"max_uses": 2}), json!({"max_uses": 3})),
        Post::new("/api/rooms/{id}/settlements", admin, &room_id, settlement(1), settlement(2)),
        Post {
            other_path: read.replace("{id}", &another.to_string()),
            ..Post::new(read, mate, notification, json!({}), json!({}))
        },
    ]
}

fn of_expenses<'a>(room: &'a Room, ids: &Ids) -> Vec<Post<'a>> {
    let (admin, mate) = (room.admin(), &room.people[1]);
    let none = json!(null);
    let share = |expense: &Value| row(&expense["splits"], "user_id", mate.user_id)["id"].clone();
    let dispute = |reason: &str| json!({"split_id": share(&ids.second), "reason": reason});
    let batch = |title: &str| json!({"expenses": [room.expense(title, "4.00"), room.expense(title, "8.00")]});
    let decision = |word: &str| json!({"decision": word, "comment": ""});
    vec![
        Post::new("/api/expenses", admin, &none, room.expense("一", "4.00"), room.expense("二", "4.00")),
        Post::new("/api/expenses/batch", admin, &none, batch("一"), batch("二")),
        Post::new(
            "/api/expenses/{id}/confirm-split",
            mate,
            &ids.expense["id"],
            json!({"split_id": share(&ids.expense)}),
            json!({"split_id": 1}),
        ),
        Post::new("/api/expenses/{id}/disputes", mate, &ids.second["id"], dispute("一"), dispute("二")),
        Post::new(
            "/api/disputes/{id}/resolve",
            admin,
            &ids.dispute["id"],
            decision("rejected"),
            decision("upheld"),
        ),
    ]
}

fn of_bills<'a>(room: &'a Room, ids: &Ids) -> Vec<Post<'a>> {
    let (admin, mate, third) = (room.admin(), &room.people[1], &room.people[2]);
    let none = json!(null);
    let share = |person: &Client| row(&ids.bill["splits"], "user_id", person.user_id)["id"].clone();
    let review = |status: &str| json!({"status": status, "review_comment": ""});
    let dispute = |reason: &str| json!({"split_id": share(third), "reason": reason});
    vec![
        Post::new("/api/bills", admin, &none, bill(room, &ids.third, 1), bill(room, &ids.third, 2)),
        Post::new(
            "/api/bills/{id}/review",
            mate,
            &ids.second_bill["id"],
            review("rejected"),
            review("approved"),
        ),
        Post::new(
            "/api/bills/{id}/confirm-payment",
            mate,
            &ids.bill["id"],
            json!({"split_id": share(mate)}),
            json!({"split_id": 1}),
        ),
        Post::new("/api/bills/{id}/disputes", third, &ids.bill["id"], dispute("一"), dispute("二")),
    ]
}

fn of_money<'a>(room: &'a Room, operator: &'a Client, ids: &Ids) -> Vec<Post<'a>> {
    let payer = &room.people[3];
    let share = row(&ids.bill["splits"], "user_id", payer.user_id)["id"].clone();
    let pay = |method: &str| json!({"split_id": share, "payment_method": method});
    let [first, second] = &ids.refunds;
    let reason = |text: &str| json!({"reason": text});
    vec![
        Post::new("/api/bills/{id}/pay", payer, &ids.bill["id"], pay("balance"), pay("alipay")),
        Post {
            other_path: format!("/api/admin/refunds/{second}/approve"),
            ..Post::new("/api/admin/refunds/{id}/approve", operator, first, json!({}), json!({}))
        },
        Post::new("/api/admin/refunds/{id}/reject", operator, second, reason("一"), reason("二")),
    ]
}

/// Pays two orders out of the wallet and asks for the money back: two refunds that wait for an operator.
async fn refunds(stage: &Stage, payer: &Client) -> Result<[Value; 2]> {
    recharge(stage, payer, 10_000).await?;
    for at in 1..=2 {
        let order = json!({"orderId": at, "orderNo": format!("ONCE{at:06}"), "userId": payer.user_id, "amount": "1.00",
            "paymentMethod": "balance", "paymentChannel": "web", "subject": "票"});
        let paid = payer.post("/api/v1/payments", &order).await?.body["data"].clone();
        let path = format!("/api/v1/payments/{}", paid["paymentId"].as_str().unwrap_or_default());
        let refund = json!({"refundAmount": "1.00", "refundReason": "退票", "refundType": "full",
            "operatorId": payer.user_id, "operatorType": "user"});
        let asked = payer.post(&format!("{path}/refund"), &refund).await?;
        assert_eq!(asked.status, 200, "{}", asked.text);
    }
    let waiting = stage.admin().await?.get("/api/admin/refunds").await?.data()?;
    let [first, second] = waiting.as_array().unwrap().as_slice() else { panic!("two refunds: {waiting}") };
    Ok([first["id"].clone(), second["id"].clone()])
}

/// Comes last: afterwards the first is no longer the owner.
fn handing_over(room: &Room) -> Post<'_> {
    let to = |person: &Client| json!({"user_id": person.user_id});
    let (mate, third) = (&room.people[1], &room.people[2]);
    Post::new("/api/rooms/{id}/transfer", room.admin(), &json!(room.id), to(mate), to(third))
}

fn bill(room: &Room, expense: &Value, amount: i64) -> Value {
    json!({"title": "账单", "description": "", "due_date": "2099-12-31", "room_id": room.id,
        "items": [{"expense_id": expense["id"], "amount": amount}], "split_type": "equal"})
}

/// What the routes work on: expenses, bills, a dispute, notifications, an invite, somebody to be taken in.
async fn furnish(stage: &Stage, room: &Room) -> Result<Ids> {
    let (admin, mate, third) = (room.admin(), &room.people[1], &room.people[2]);
    let mut expenses = Vec::new();
    for title in ["甲", "乙", "丙", "丁", "戊"] {
        expenses.push(admin.post("/api/expenses", &room.expense(title, "40.00")).await?.data()?);
    }
    let [expense, second, third_expense, billed, disputed] = <[Value; 5]>::try_from(expenses).unwrap();
    let made = admin.post("/api/bills", &bill(room, &billed, 40)).await?.data()?;
    let review = json!({"status": "approved", "review_comment": ""});
    mate.post(&format!("/api/bills/{}/review", made["id"]), &review).await?.data()?;
    let second_bill = admin.post("/api/bills", &bill(room, &second, 4)).await?.data()?;
    let split = row(&disputed["splits"], "user_id", third.user_id)["id"].clone();
    let dispute = json!({"split_id": split, "reason": "不对"});
    let dispute =
        third.post(&format!("/api/expenses/{}/disputes", disputed["id"]), &dispute).await?.data()?;
    let invite = admin.post(&room.path("/invites"), &json!({})).await?.data()?;
    Ok(Ids {
        expense,
        second,
        third: third_expense,
        bill: made,
        second_bill,
        dispute,
        notifications: notifications(mate).await?,
        invite: json!({"code": invite["code"]}),
        guest: stage.person("guest", "客人").await?.user_id,
        refunds: refunds(stage, &room.people[3]).await?,
    })
}

async fn notifications(person: &Client) -> Result<[Value; 2]> {
    for _ in 0..100 {
        let rows = person.get("/api/notifications").await?.data()?;
        if let Some([first, second, ..]) = rows.as_array().map(Vec::as_slice) {
            return Ok([first["id"].clone(), second["id"].clone()]);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("two notifications")
}

/// A file under a key: the same file again is the same upload, another file is refused.
async fn file_once(room: &Room, route: &str, path: &str) -> Result<()> {
    let sheet = "Date,Description,Category,Cost,Currency,室友A,室友B\n\n\
                 2026-09-01,饭,Dining out,10.00,CNY,5.00,-5.00\n\n2026-09-03,Total balance, , ,CNY,5.00,-5.00\n";
    let files = if route.ends_with("import") {
        [sheet.as_bytes().to_vec(), sheet.replace("10.00", "12.00").replace("5.00", "6.00").into_bytes()]
    } else {
        [PNG.to_vec(), [PNG, b"x"].concat()]
    };
    let mut answers = Vec::new();
    for file in [&files[0], &files[0], &files[1]] {
        let part = reqwest::multipart::Part::bytes(file.clone()).file_name("file");
        let form = reqwest::multipart::Form::new().part("file", part);
        let request =
            room.admin().request(Method::POST, path).header("Idempotency-Key", route).multipart(form);
        answers.push(room.admin().send(request).await?);
    }
    assert_eq!(answers[0].status, 200, "{route}: {}", answers[0].text);
    is_replay(route, &answers[0], &answers[1]);
    refused(&answers[2], 422, "IDEMPOTENCY_CONFLICT");
    Ok(())
}

/// The same key of another user is another key; a key that cannot be one is refused.
async fn a_key_is_its_owners(room: &Room) -> Result<()> {
    let body = room.expense("共用的键", "4.00");
    let mut ids = Vec::new();
    for person in &room.people {
        ids.push(person.post_once("/api/expenses", &body, "a shared key").await?.data()?["id"].clone());
    }
    ids.sort_by_key(Value::as_i64);
    ids.dedup();
    assert_eq!(ids.len(), room.people.len(), "each made his own");
    for key in ["", " ", &"x".repeat(256)] {
        let answer = room.admin().post_once("/api/expenses", &body, key).await?;
        refused(&answer, 400, "VALIDATION_ERROR");
    }
    let longest = "x".repeat(255);
    room.admin().post_once("/api/expenses", &body, &longest).await?.data()?;
    // A refusal is not kept: mended, the same key works.
    let wrong = room.expense("", "4.00");
    refused(&room.admin().post_once("/api/expenses", &wrong, "mended").await?, 400, "VALIDATION_ERROR");
    room.admin().post_once("/api/expenses", &body, "mended").await?.data()?;
    Ok(())
}
