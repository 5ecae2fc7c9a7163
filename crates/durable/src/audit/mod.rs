//! Who did what to which thing: append-only rows, sealed into a hash chain.
//!
//! A row is written in the transaction of the act and carries no hash, so that acts never wait for each other.
//! About a second later the sealer appends links to the chain, in batches and one at a time per database. Until
//! then a row stands in `audit_unsealed`. What a chain cannot show is that its end was cut off; an operator
//! compares the head that [`verify`] gives with one noted earlier. The rule not to be broken: the application's
//! role may neither change nor delete rows and links.

mod chain;
mod sealer;
mod store;

use chrono::{DateTime, Utc};
use fault::Fault;
use serde_json::Value;
use sqlx::PgConnection;

pub use self::{
    chain::{Verdict, verify},
    sealer::Sealer,
};

const PAGE_MAX: i64 = 100;

/// Says who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A user, by id.
    User(i64),
    /// A service, by name.
    Service(String),
    /// The program itself: a schedule, a migration, a command at the console.
    System,
}

/// Says what was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Who did it.
    pub actor: Actor,
    /// What was done, as `noun.verb`: `room.member_removed`.
    pub action: &'static str,
    /// To what, as `noun:id`: `room:12`.
    pub subject: String,
    /// How it was. No secrets.
    pub before: Option<Value>,
    /// How it is now. No secrets.
    pub after: Option<Value>,
    /// From where.
    pub client_address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
}

/// Shows one written row.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The row's number, ascending.
    pub id: i64,
    /// When the act's transaction began, UTC.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// How it was.
    pub before: Option<Value>,
    /// How it is now.
    pub after: Option<Value>,
    /// From where.
    pub client_address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
}

/// Narrows a list; what is absent does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Acts of this user.
    pub user_id: Option<i64>,
    /// Acts of this name.
    pub action: Option<String>,
    /// Acts on this subject.
    pub subject: Option<String>,
    /// Acts at or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Acts before this instant.
    pub until: Option<DateTime<Utc>>,
}

/// Writes a row in the caller's transaction.
pub async fn append(conn: &mut PgConnection, entry: Entry) -> Result<(), Fault> {
    store::append(conn, &entry).await
}

/// Lists rows, newest first, below an id, at most `limit` (1 to 100).
pub async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    before_id: Option<i64>,
    limit: i64,
) -> Result<Vec<Record>, Fault> {
    store::list(conn, filter, before_id.unwrap_or(i64::MAX), limit.clamp(1, PAGE_MAX)).await
}
