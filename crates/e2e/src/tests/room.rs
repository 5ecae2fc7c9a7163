//! Four flatmates in a room: how most stories begin.

use anyhow::Result;
use serde_json::{Value, json};

use crate::{client::Client, stage::Stage};

/// The flatmates of the Splitwise export, in the order of its columns.
pub(super) const FLATMATES: [(&str, &str); 4] =
    [("flatmate_a", "室友A"), ("flatmate_b", "室友B"), ("flatmate_c", "室友C"), ("flatmate_d", "室友D")];

/// A room with its people; the first is its admin.
pub(super) struct Room {
    pub id: i64,
    pub people: Vec<Client>,
}

impl Room {
    /// Registers the flatmates and lets them join by invite.
    pub(super) async fn of_four(stage: &Stage) -> Result<Self> {
        Self::of(stage, &FLATMATES.map(|(username, full_name)| (username.to_owned(), full_name))).await
    }

    /// Four flatmates with names of their own, so that several stories share a stage.
    pub(super) async fn of_other_four(stage: &Stage, prefix: &str) -> Result<Self> {
        let name = |(username, full_name): (&str, &'static str)| (format!("{prefix}_{username}"), full_name);
        Self::of(stage, &FLATMATES.map(name)).await
    }

    async fn of(stage: &Stage, names: &[(String, &str)]) -> Result<Self> {
        let mut people = Vec::new();
        for (username, full_name) in names {
            people.push(stage.person(username, full_name).await?);
        }
        let room =
            people[0].post("/api/rooms", &json!({"name": "501", "description": "四人间"})).await?.data()?;
        let id = room["id"].as_i64().unwrap();
        let invite = people[0].post(&format!("/api/rooms/{id}/invites"), &json!({})).await?.data()?;
        for person in &people[1..] {
            person.post("/api/rooms/join", &json!({"code": invite["code"]})).await?.data()?;
        }
        Ok(Self { id, people })
    }

    /// The room's admin.
    pub(super) fn admin(&self) -> &Client {
        &self.people[0]
    }

    /// A path below the room.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/api/rooms/{}{rest}", self.id)
    }

    /// The body of an expense paid by the first and shared equally by all.
    pub(super) fn expense(&self, title: &str, amount: &str) -> Value {
        json!({"title": title, "amount": amount, "category": "food", "description": "", "date": "2026-09-01",
            "room_id": self.id, "split_type": "equal", "paid_by": self.admin().user_id})
    }

    /// Everybody's CNY balance as printed, in the order of the people.
    pub(super) async fn balances(&self) -> Result<Vec<String>> {
        let rows = self.admin().get(&self.path("/balances")).await?;
        // Read from the text: a figure with two decimals is what the face promises.
        let text = rows.text.clone();
        let rows = rows.data()?;
        let mut found = Vec::new();
        for person in &self.people {
            let row = rows
                .as_array()
                .unwrap()
                .iter()
                .find(|row| row["user_id"] == person.user_id && row["currency"] == "CNY")
                .unwrap_or_else(|| panic!("no balance of {}: {text}", person.user_id));
            found.push(format!("{:.2}", row["balance"].as_f64().unwrap()));
        }
        Ok(found)
    }
}
