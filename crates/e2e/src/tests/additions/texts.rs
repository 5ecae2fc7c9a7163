//! Limits of texts, amounts, ids and queries (contract sections 4, 15): the last value that fits and the first that
//! does not.

use anyhow::Result;
use serde_json::{Value, json};

use super::super::{
    face::{read, refused, refused_field},
    room::Room,
};
use crate::{
    client::{Answer, Client},
    stage::{PASSWORD, Stage},
};

/// Characters that nobody sees and that change what others see.
const CONTROLS: [&str; 4] = ["a\u{0}b", "a\u{7}b", "a\u{1b}[31mb", "a\u{85}b"];

/// A way to send one text, everything else being right.
struct Place<'a> {
    field: &'static str,
    fits: usize,
    send: Box<dyn Fn(String) -> (String, Value) + 'a>,
    by: &'a Client,
    is_put: bool,
}

impl Place<'_> {
    async fn send(&self, text: &str) -> Result<Answer> {
        let (path, body) = (self.send)(text.to_owned());
        if self.is_put { self.by.put(&path, &body).await } else { self.by.post(&path, &body).await }
    }
}

fn places<'a>(room: &'a Room, expense: &'a Value) -> Vec<Place<'a>> {
    let by = room.admin();
    let in_expense = |field: &'static str, fits| Place {
        field,
        fits,
        send: Box::new(move |text| {
            let mut body = room.expense("题", "4.00");
            body[field] = json!(text);
            ("/api/expenses".to_owned(), body)
        }),
        by,
        is_put: false,
    };
    let in_bill = |field: &'static str, fits| Place {
        field,
        fits,
        send: Box::new(move |text| {
            let mut body = json!({"title": "账单", "description": "", "due_date": "2099-12-31",
                "room_id": room.id, "items": [{"expense_id": expense["id"], "amount": "0.01"}],
                "split_type": "equal"});
            body[field] = json!(text);
            ("/api/bills".to_owned(), body)
        }),
        by,
        is_put: false,
    };
    let in_room = |field: &'static str, fits| Place {
        field,
        fits,
        send: Box::new(move |text| {
            let mut body = json!({"name": "名"});
            body[field] = json!(text);
            ("/api/rooms".to_owned(), body)
        }),
        by,
        is_put: false,
    };
    let full_name = Place {
        field: "full_name",
        fits: 100,
        send: Box::new(|text| ("/api/users/me".to_owned(), json!({"full_name": text}))),
        by,
        is_put: true,
    };
    vec![
        in_expense("title", 100),
        in_expense("category", 32),
        in_expense("description", 1000),
        in_bill("title", 100),
        in_bill("description", 1000),
        in_room("name", 100),
        in_room("description", 1000),
        full_name,
    ]
}

pub(super) async fn texts_have_their_limits(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "texts").await?;
    let expense = room.admin().post("/api/expenses", &room.expense("底", "40.00")).await?.data()?;
    for place in places(&room, &expense) {
        // Characters are counted, not bytes: one of four bytes is one.
        for character in ["x", "字", "🍜"] {
            let fits = place.send(&character.repeat(place.fits)).await?;
            assert_eq!(fits.status, 200, "{} of {}: {}", place.field, place.fits, fits.text);
            let answer = place.send(&character.repeat(place.fits + 1)).await?;
            refused_field(&answer, 400, "VALIDATION_ERROR", place.field);
        }
        for text in CONTROLS {
            refused_field(&place.send(text).await?, 400, "VALIDATION_ERROR", place.field);
        }
        // A description may have lines, a name is one.
        let lines = place.send("一\n二").await?;
        assert_eq!(lines.status == 200, place.field == "description", "{}: {}", place.field, lines.text);
        if ["title", "name", "full_name"].contains(&place.field) {
            for text in ["", "   ", "\u{3000}"] {
                refused_field(&place.send(text).await?, 400, "VALIDATION_ERROR", place.field);
            }
        }
    }
    accounts_have_their_limits(&stage.nobody()?).await
}

async fn accounts_have_their_limits(nobody: &Client) -> Result<()> {
    let register = async |name: &str, email: &str, password: &str| -> Result<Answer> {
        let body = json!({"username": name, "email": email, "password": password, "full_name": "名"});
        nobody.post("/api/auth/register", &body).await
    };
    for (at, (name, password)) in
        [("abc", "12345678".to_owned()), ("x".repeat(32).as_str(), "p".repeat(128))].into_iter().enumerate()
    {
        let answer = register(name, &format!("fits{at}@example.com"), &password).await?;
        assert_eq!(answer.status, 200, "{}", answer.text);
        nobody.login(name, &password).await?;
    }
    let long = "x".repeat(33);
    for name in ["", "ab", &long, "a b c", "a\u{0}bc"] {
        refused_field(&register(name, "n@example.com", PASSWORD).await?, 400, "VALIDATION_ERROR", "username");
    }
    for email in ["", "x", "x@", "@example.com", "a b@example.com", "a@b@c.com", "x\n@example.com"] {
        refused_field(&register("mailer", email, PASSWORD).await?, 400, "VALIDATION_ERROR", "email");
    }
    let long = "p".repeat(129);
    for password in ["", "1234567", &long] {
        let answer = register("password", "p@example.com", password).await?;
        refused_field(&answer, 400, "VALIDATION_ERROR", "password");
    }
    // Names are one whatever their case; so are addresses.
    refused_field(&register("ABC", "other@example.com", PASSWORD).await?, 409, "DUPLICATE_ENTRY", "username");
    refused_field(&register("other", "FITS0@example.com", PASSWORD).await?, 409, "DUPLICATE_ENTRY", "email");
    Ok(())
}

pub(super) async fn amounts_have_their_limits(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "amounts").await?;
    let send = async |amount: &str| -> Result<Answer> {
        let text = room.expense("数", "AMOUNT").to_string().replace("\"AMOUNT\"", amount);
        room.admin().post_text("/api/expenses", "application/json", text).await
    };
    for (amount, printed) in [
        ("0.01", "0.01"),
        ("\"0.01\"", "0.01"),
        ("1", "1.00"),
        ("1.5", "1.50"),
        ("\"100.5\"", "100.50"),
        ("99999999.99", "99999999.99"),
    ] {
        let answer = send(amount).await?;
        assert_eq!(answer.status, 200, "{amount}: {}", answer.text);
        assert!(answer.text.contains(&format!("\"amount\":{printed},\"currency\"")), "{}", answer.text);
    }
    for amount in [
        "100000000",
        "100000000.00",
        "99999999.999",
        "1.000",
        "0.00",
        "-0",
        "-0.01",
        "1e2",
        "1E0",
        "0.1e1",
        "\"1e2\"",
        "\"+1\"",
        "\".5\"",
        "\"1.\"",
        "\"01\"",
        "\"1_000\"",
        "\"0x10\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"\"",
        "\"1 \"",
        "\"1\\u0000\"",
        "{}",
        "false",
        "\"٣\"",
        "\"−1\"",
        "\"1,5\"",
    ] {
        refused_field(&send(amount).await?, 400, "VALIDATION_ERROR", "amount");
    }
    let huge = format!("1{}", "0".repeat(5000));
    refused_field(&send(&huge).await?, 400, "VALIDATION_ERROR", "amount");
    Ok(())
}

pub(super) async fn ids_and_queries_are_read_strictly(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "strict").await?;
    let admin = room.admin();
    for id in
        ["0", "-1", "1.0", "1e3", "abc", "9007199254740993", "9223372036854775808", "%31x", "0x1", "+1", "１"]
    {
        refused_field(&admin.get(&format!("/api/rooms/{id}")).await?, 400, "VALIDATION_ERROR", "id");
    }
    refused(&admin.get("/api/rooms/9007199254740991").await?, 404, "NOT_FOUND");
    for (query, field) in [
        ("room=1", "room"),
        ("page=1&page=2", "page"),
        ("page=x", "page"),
        ("page=", "page"),
        ("page=99999999999", "page"),
        ("limit=1.5", "limit"),
        ("is_paid=maybe", "is_paid"),
        ("room_id=0", "room_id"),
        ("paid_by=-1", "paid_by"),
        ("start_date=2026-1-1", "start_date"),
        ("end_date=01/02/2026", "end_date"),
    ] {
        let answer = admin.get(&format!("/api/expenses?{query}")).await?;
        refused_field(&answer, 400, "VALIDATION_ERROR", field);
    }
    let far = admin.get("/api/expenses?page=1000000&limit=100").await?;
    assert_eq!((far.status, &far.body["data"]), (200, &json!([])), "{}", far.text);
    // What is twice in a body is refused too: nobody can say which one counts.
    let twice = r#"{"name": "一", "name": "二"}"#;
    let answer = admin.post_text("/api/rooms", "application/json", twice).await?;
    refused_field(&answer, 400, "VALIDATION_ERROR", "name");
    for body in ["", "null", "[]", "\"x\"", "{\"name\": \"x\"} {}", "{name: 1}", "\u{feff}{\"name\": \"x\"}"]
    {
        refused(&admin.post_text("/api/rooms", "application/json", body).await?, 400, "VALIDATION_ERROR");
    }
    let rooms = read_rooms(admin).await?;
    assert_eq!(rooms, 1, "none of it made a room");
    Ok(())
}

async fn read_rooms(client: &Client) -> Result<i64> {
    let answer = client.get("/api/rooms").await?;
    assert_eq!(answer.status, 200);
    let stats = read(&client.get("/api/stats/user").await?);
    assert_eq!(stats["total_expenses"], 0);
    Ok(answer.body["pagination"]["total"].as_i64().unwrap())
}
