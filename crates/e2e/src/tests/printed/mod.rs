//! Every endpoint of document 000 as it is printed there: names, messages, numbers, times.
//!
//! Names that the document does not print are additions of the contract and listed one by one.

mod bills;
mod expenses;
mod numbers;
mod people;
mod tasks;

use anyhow::Result;
use serde_json::json;

use crate::{
    client::Client,
    stage::{PASSWORD, Stage},
};

/// The two of the document's samples, in one room.
pub(super) struct Pair {
    pub(super) first: Client,
    pub(super) second: Client,
    pub(super) room_id: i64,
}

impl Pair {
    /// Registers two people and puts them into a room.
    pub(super) async fn meet(nobody: &Client, names: [&str; 2]) -> Result<Self> {
        for name in names {
            nobody.register(name, "测试用户").await?;
        }
        let first = nobody.login(names[0], PASSWORD).await?;
        let second = nobody.login(names[1], PASSWORD).await?;
        let room = json!({"name": "101寝室", "description": "这是一个测试寝室"});
        let room_id = first.post("/api/rooms", &room).await?.data()?["id"].as_i64().unwrap();
        let member = json!({"user_id": second.user_id, "role": "member"});
        first.post(&format!("/api/rooms/{room_id}/members"), &member).await?.data()?;
        Ok(Self { first, second, room_id })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_is_printed_as_in_the_document() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    let chinese = stage.nobody()?;
    for (nobody, prefix) in [(chinese.clone(), "zh"), (chinese.speaking("en"), "en")] {
        people::accounts(&nobody, prefix).await?;
        people::rooms(&nobody, prefix).await?;
        expenses::expenses(&nobody, prefix).await?;
        bills::bills(&nobody, prefix).await?;
        tasks::tasks(&nobody).await?;
    }
    numbers::a_user_in_the_samples_numbers(&chinese).await?;
    numbers::bills_in_the_samples_numbers(&chinese).await?;
    numbers::a_room_in_the_samples_numbers(&chinese).await?;
    numbers::the_system_in_numbers(&stage).await
}
