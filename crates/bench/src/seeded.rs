//! The rooms whose reads are measured: a large one and a small one, of the same four people.
//!
//! Kept between runs when a directory for them is given, with the databases they are in. How they are filled stands
//! in `seed`. The rule not to be broken: kept rooms are checked like new ones.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::{Context, Result};
use clock::Clock;
use serde::{Deserialize, Serialize};

use crate::{
    http::Connection,
    people::Dorm,
    seed::{self, Plan},
    stage::Stage,
};

/// Expenses of the small room (issue section 4).
pub(crate) const SMALL: i64 = 100;
const FILE: &str = "bench.json";

/// What a kept directory says of its databases and rooms.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What the names of the databases begin with.
    pub(crate) prefix: String,
    /// Who lives in the rooms; the password was made at random for this run.
    name: String,
    password: String,
    pub(crate) expenses: i64,
    large_room_id: i64,
    small_room_id: i64,
}

/// The two rooms and somebody who may read them.
#[derive(Debug)]
pub(crate) struct Rooms {
    pub(crate) token: String,
    pub(crate) large: Plan,
    pub(crate) small: Plan,
}

impl Kept {
    /// Reads what an earlier run left in a directory; `None` if there is nothing of use.
    pub(crate) fn read(directory: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(directory.join(FILE)).ok()?).ok()
    }

    fn write(&self, directory: &Path) -> Result<()> {
        let path = directory.join(FILE);
        fs::write(&path, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("writing {}", path.display()))
    }
}

/// Makes and fills both rooms, and notes them in `keep` if they are to be kept.
pub(crate) async fn make(stage: &Stage, expenses: i64, keep: Option<(&Path, &str)>) -> Result<Rooms> {
    let clock = Clock::system();
    let (name, password) = (format!("reader_{}", clock.code(6).to_lowercase()), clock.token(12));
    let address = stage.public();
    let dorm = Dorm::found(address, &name, &password).await?;
    let plan = async |title: &str, after, expenses| -> Result<Plan> {
        Ok(Plan { room_id: dorm.room(address, title).await?, after, members: dorm.ids(), expenses })
    };
    let (small, large) = (plan("small", 0, SMALL).await?, plan("large", SMALL, expenses).await?);
    seed::fill(&stage.databases, &small).await?;
    seed::fill(&stage.databases, &large).await?;
    seed::settle(&stage.databases).await?;
    if let Some((directory, prefix)) = keep {
        let (large_room_id, small_room_id) = (large.room_id, small.room_id);
        Kept { prefix: prefix.to_owned(), name, password, expenses, large_room_id, small_room_id }
            .write(directory)?;
    }
    checked(address, Rooms { token: dorm.token(0)?.to_owned(), large, small }).await
}

/// Takes the rooms of an earlier run.
pub(crate) async fn take(stage: &Stage, kept: &Kept) -> Result<Rooms> {
    let address = stage.public();
    let dorm = Dorm::back(address, &kept.name, &kept.password).await?;
    let plan = |room_id, after, expenses| Plan { room_id, after, members: dorm.ids(), expenses };
    let (small, large) = (plan(kept.small_room_id, 0, SMALL), plan(kept.large_room_id, SMALL, kept.expenses));
    checked(address, Rooms { token: dorm.token(0)?.to_owned(), large, small }).await
}

async fn checked(address: SocketAddr, rooms: Rooms) -> Result<Rooms> {
    let mut connection = Connection::open(address, Some(&rooms.token)).await?;
    seed::verify(&mut connection, &rooms.small).await?;
    seed::verify(&mut connection, &rooms.large).await?;
    Ok(rooms)
}
