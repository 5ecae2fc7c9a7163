//! Who is how much ahead in a room, kept with each change.
//!
//! The rule not to be broken: a balance moves only here or in the insertion of expenses, always in the
//! transaction of what moves it, so that the table equals what the rows add up to at any instant.

use durable::OnConstraint as _;
use fault::Fault;
use money::{Currency, Minor};
use sqlx::PgConnection;

use super::{changes::Movements, records};

/// One member's standing in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Balance {
    pub(crate) currency: Currency,
    pub(crate) user_id: i64,
    /// Laid out, and handed over to others.
    pub(crate) paid: Minor,
    /// Consumed, and received from others.
    pub(crate) owed: Minor,
}

impl Balance {
    /// Gives `paid - owed`: positive when money is due to the member.
    pub(crate) fn net(&self) -> Minor {
        Minor::new(self.paid.get().saturating_sub(self.owed.get()))
    }
}

/// A balance as the database gives it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) currency: String,
    pub(super) user_id: i64,
    pub(super) paid_minor: i64,
    pub(super) owed_minor: i64,
}

impl TryFrom<Row> for Balance {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            currency: records::currency(&row.currency)?,
            user_id: row.user_id,
            paid: Minor::new(row.paid_minor),
            owed: Minor::new(row.owed_minor),
        })
    }
}

/// Movements as arrays, one a column.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) room_id: Vec<i64>,
    pub(super) currency: Vec<String>,
    pub(super) user_id: Vec<i64>,
    pub(super) paid: Vec<i64>,
    pub(super) owed: Vec<i64>,
}

impl Columns {
    pub(super) fn push(&mut self, room_id: i64, movements: &Movements) {
        for (currency, user_id, movement) in movements.iter() {
            self.room_id.push(room_id);
            self.currency.push(currency.as_str().to_owned());
            self.user_id.push(user_id);
            self.paid.push(movement.paid.get());
            self.owed.push(movement.owed.get());
        }
    }
}

/// Moves balances. *Locks*: needs `ledger::lock`; rows in the order of currency and user id.
pub(crate) async fn apply(conn: &mut PgConnection, room_id: i64, movements: &Movements) -> Result<(), Fault> {
    let mut moved = Columns::default();
    moved.push(room_id, movements);
    sqlx::query!(
        "insert into balance (room_id, currency, user_id, paid_minor, owed_minor)
         select room_id, currency, user_id, paid_minor, owed_minor
         from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
             as given (room_id, currency, user_id, paid_minor, owed_minor)
         order by room_id, currency, user_id
         on conflict on constraint balance_pkey do update
         set paid_minor = balance.paid_minor + excluded.paid_minor,
             owed_minor = balance.owed_minor + excluded.owed_minor",
        &moved.room_id,
        &moved.currency,
        &moved.user_id,
        &moved.paid,
        &moved.owed,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Reads the balances of a room. *Shape*: sorted by currency, then user id; who never took part is absent.
pub(crate) async fn read(conn: &mut PgConnection, room_id: i64) -> Result<Vec<Balance>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        "select currency, user_id, paid_minor, owed_minor
         from balance
         where room_id = $1
         order by currency, user_id",
        room_id,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    rows.into_iter().map(Balance::try_from).collect()
}

/// Names a user with an open balance, if there is one: anybody of the room, or the one asked for.
pub(crate) async fn open(
    conn: &mut PgConnection,
    room_id: i64,
    user_id: Option<i64>,
) -> Result<Option<Balance>, Fault> {
    let row = sqlx::query_as!(
        Row,
        "select currency, user_id, paid_minor, owed_minor
         from balance
         where room_id = $1
           and ($2::bigint is null or user_id = $2)
           and paid_minor <> owed_minor
         order by currency, user_id
         limit 1",
        room_id,
        user_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    row.map(Balance::try_from).transpose()
}
