//! Ways of splitting, the remainder, several payers (contract sections 5, 15).

use anyhow::Result;
use serde_json::{Value, json};

use super::super::{
    face::{exactly, fen, refused_field, said},
    room::Room,
};
use crate::stage::Stage;

fn shares(expense: &Value) -> Vec<i64> {
    expense["splits"].as_array().unwrap().iter().map(|split| fen(&split["amount"])).collect()
}

#[expect(clippy::too_many_lines, reason = "one story: every way of splitting in the same room")]
pub(super) async fn shares_add_up_in_every_way_of_splitting(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "splits").await?;
    let ids: Vec<_> = room.people.iter().map(|person| person.user_id).collect();
    let [a, b, c, _] = ids[..] else { panic!("four people") };
    let with = |amount: &str, kind: &str, splits: Value| {
        let mut body = room.expense("分", amount);
        body["split_type"] = json!(kind);
        body["splits"] = splits;
        body
    };
    for (body, expected) in [
        (room.expense("全员", "100.00"), vec![2500, 2500, 2500, 2500]),
        (with("100.00", "equal", json!([{"user_id": a}, {"user_id": b}])), vec![5000, 5000]),
        (
            with(
                "10.00",
                "custom",
                json!([{"user_id": a, "amount": "0.01"}, {"user_id": c, "amount": 9.99}]),
            ),
            vec![1, 999],
        ),
        (
            with(
                "200.00",
                "percentage",
                json!([{"user_id": a, "percentage": 12.5}, {"user_id": b, "percentage": 87.5}]),
            ),
            vec![2500, 17500],
        ),
        (
            with(
                "60.00",
                "shares",
                json!([{"user_id": a, "shares": 1}, {"user_id": b, "shares": 2}, {"user_id": c, "shares": 3}]),
            ),
            vec![1000, 2000, 3000],
        ),
    ] {
        let created = said(&room.admin().post("/api/expenses", &body).await?, "费用创建成功");
        assert_eq!(shares(&created), expected, "{body}");
        assert_eq!(created["split_type"], body["split_type"]);
    }
    let uneven = [
        with("0.02", "equal", json!([{"user_id": a}, {"user_id": b}, {"user_id": c}])),
        with(
            "100.00",
            "percentage",
            json!([{"user_id": a, "percentage": 33.33}, {"user_id": b, "percentage": 33.33}, {"user_id": c, "percentage": 33.34}]),
        ),
        with(
            "10.00",
            "shares",
            json!([{"user_id": a, "shares": 1}, {"user_id": b, "shares": 1}, {"user_id": c, "shares": 1}]),
        ),
    ];
    for body in uneven {
        let created = room.admin().post("/api/expenses", &body).await?.data()?;
        let parts = shares(&created);
        assert_eq!(parts.iter().sum::<i64>(), fen(&created["amount"]), "{created}");
        assert!(parts.iter().max().unwrap() - parts.iter().min().unwrap() <= 1, "{created}");
    }
    wrong_shares_are_named(&room, with).await
}

async fn wrong_shares_are_named(room: &Room, with: impl Fn(&str, &str, Value) -> Value) -> Result<()> {
    let [a, b] = [room.people[0].user_id, room.people[1].user_id];
    for (body, field) in [
        (
            with("10.00", "shares", json!([{"user_id": a, "shares": 0}, {"user_id": b, "shares": 1}])),
            "splits",
        ),
        (with("10.00", "shares", json!([{"user_id": a, "shares": 1.5}])), "splits[0].shares"),
        (with("10.00", "shares", json!([{"user_id": a}])), "splits"),
        (
            with("10.00", "custom", json!([{"user_id": a, "amount": -1}, {"user_id": b, "amount": 11}])),
            "splits[0].amount",
        ),
        (with("10.00", "custom", json!([])), "splits"),
        (with("10.00", "percentage", json!([{"user_id": a, "percentage": 100.01}])), "splits[0].percentage"),
        (with("10.00", "percentage", json!([{"user_id": a, "percentage": 33.333}])), "splits[0].percentage"),
        (with("10.00", "equal", json!([{"user_id": a}, {"user_id": a}])), "splits[1].user_id"),
        (with("10.00", "evenly", json!([{"user_id": a}])), "split_type"),
    ] {
        let answer = room.admin().post("/api/expenses", &body).await?;
        refused_field(&answer, 400, "VALIDATION_ERROR", field);
    }
    Ok(())
}

/// Over many expenses the one fen too many does not always meet the same person.
pub(super) async fn the_extra_fen_goes_round(stage: &Stage) -> Result<()> {
    const BATCHES: i64 = 2;
    const BATCH: i64 = 100;
    let room = Room::of_other_four(stage, "fen").await?;
    let mut carried = [0_i64; 4];
    for _ in 0..BATCHES {
        let expenses: Vec<_> = (0..BATCH).map(|_| room.expense("余一分", "0.01")).collect();
        let made = room.admin().post("/api/expenses/batch", &json!({"expenses": expenses})).await?.data()?;
        for expense in made.as_array().unwrap() {
            let parts = shares(expense);
            assert_eq!(parts.iter().sum::<i64>(), 1);
            carried.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
        }
    }
    let fair = BATCHES * BATCH / 4;
    assert!(carried.iter().all(|sum| (fair / 2..=fair * 2).contains(sum)), "about {fair} each: {carried:?}");
    Ok(())
}

pub(super) async fn several_people_pay_one_expense(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "payers").await?;
    let [a, b] = [room.people[0].user_id, room.people[1].user_id];
    let mut body = room.expense("合付", "100.00");
    body.as_object_mut().unwrap().remove("paid_by");
    body["payers"] = json!([{"user_id": a, "amount": "30.00"}, {"user_id": b, "amount": "70.00"}]);
    let created = said(&room.admin().post("/api/expenses", &body).await?, "费用创建成功");
    assert_eq!(created["paid_by"], b, "the one who paid most: {created}");
    created["payers"].as_array().unwrap().iter().for_each(|payer| exactly(payer, "user_id amount", ""));
    assert_eq!(created["payers"], json!([{"user_id": a, "amount": 30.0}, {"user_id": b, "amount": 70.0}]));
    assert_eq!(room.balances().await?, ["5.00", "45.00", "-25.00", "-25.00"]);

    let mut short = body.clone();
    short["payers"][0]["amount"] = json!("29.99");
    let answer = room.admin().post("/api/expenses", &short).await?;
    refused_field(&answer, 400, "VALIDATION_ERROR", "payers");
    assert!(answer.error().contains("99.99") && answer.error().contains("100.00"), "{}", answer.text);
    let mut both = body.clone();
    both["paid_by"] = json!(a);
    refused_field(&room.admin().post("/api/expenses", &both).await?, 400, "VALIDATION_ERROR", "payers");
    let mut twice = body;
    twice["payers"][1]["user_id"] = json!(a);
    refused_field(&room.admin().post("/api/expenses", &twice).await?, 400, "VALIDATION_ERROR", "payers");
    Ok(())
}
