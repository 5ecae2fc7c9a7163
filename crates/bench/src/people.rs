//! People and rooms, made through the public API as anybody would make them.
//!
//! Four flatmates share each room. What they do there does not live here. The rule not to be broken: nothing is
//! written past the API.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::http::Connection;

/// How many share a room.
pub(crate) const FLATMATES: usize = 4;

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) token: String,
}

/// Four people who share rooms; the first is their admin.
#[derive(Clone, Debug)]
pub(crate) struct Dorm {
    pub(crate) people: Vec<Person>,
}

impl Dorm {
    /// Registers four people under names that begin with `name`, and logs them in.
    pub(crate) async fn found(address: SocketAddr, name: &str, password: &str) -> Result<Self> {
        let mut people = Vec::new();
        for place in 0..FLATMATES {
            let username = format!("{name}_{place}");
            register(address, &username, password).await?;
            people.push(login(address, &username, password).await?);
        }
        Ok(Self { people })
    }

    /// Logs the four in again.
    pub(crate) async fn back(address: SocketAddr, name: &str, password: &str) -> Result<Self> {
        let mut people = Vec::new();
        for place in 0..FLATMATES {
            people.push(login(address, &format!("{name}_{place}"), password).await?);
        }
        Ok(Self { people })
    }

    /// Makes a room that all four are in, and gives its id.
    pub(crate) async fn room(&self, address: SocketAddr, name: &str) -> Result<i64> {
        let (admin, others) = self.people.split_first().context("a dorm needs people")?;
        let room =
            post(address, Some(admin), "/api/rooms", &json!({"name": name, "description": "bench"})).await?;
        let room_id = room.get("id").and_then(Value::as_i64).context("the room has no id")?;
        let invite = post(address, Some(admin), &format!("/api/rooms/{room_id}/invites"), &json!({})).await?;
        let code = invite.get("code").context("the invite has no code")?;
        for other in others {
            post(address, Some(other), "/api/rooms/join", &json!({"code": code})).await?;
        }
        Ok(room_id)
    }

    /// Gives the ids of the four.
    pub(crate) fn ids(&self) -> Vec<i64> {
        self.people.iter().map(|person| person.id).collect()
    }

    /// Gives a token, going round among the four.
    pub(crate) fn token(&self, number: usize) -> Result<&str> {
        let person = self.people.get(number % FLATMATES).context("a dorm needs people")?;
        Ok(&person.token)
    }
}

/// Registers somebody.
pub(crate) async fn register(address: SocketAddr, username: &str, password: &str) -> Result<()> {
    let body = json!({"username": username, "email": format!("{username}@bench.example"),
        "password": password, "full_name": username});
    post(address, None, "/api/auth/register", &body).await.map(|_| ())
}

/// Logs somebody in.
pub(crate) async fn login(address: SocketAddr, username: &str, password: &str) -> Result<Person> {
    let body = json!({"username": username, "password": password});
    let data = post(address, None, "/api/auth/login", &body).await?;
    let token = data.get("token").and_then(Value::as_str).context("the login gave no token")?.to_owned();
    let id = data.pointer("/user/id").and_then(Value::as_i64).context("the login gave no user id")?;
    Ok(Person { id, token })
}

/// Posts and gives the `data` of the answer.
async fn post(address: SocketAddr, caller: Option<&Person>, path: &str, body: &Value) -> Result<Value> {
    let mut connection = Connection::open(address, caller.map(|person| person.token.as_str())).await?;
    let answer = connection.post(path, &body.to_string()).await?;
    let answer = answer.json().with_context(|| format!("POST {path}"))?;
    Ok(answer.get("data").cloned().unwrap_or_default())
}
