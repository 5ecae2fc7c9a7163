//! Money handed over between two members.
//!
//! A settlement is never changed; taken back it stays as a deleted row. Balances are moved by the caller.

use chrono::{DateTime, NaiveDate, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::{
    pages::Window,
    records::{Settlement, SettlementKind, SettlementRow},
};

/// The columns of many settlements, one array each.
#[derive(Default)]
struct Columns {
    id: Vec<i64>,
    from_user_id: Vec<i64>,
    to_user_id: Vec<i64>,
    amount: Vec<i64>,
    currency: Vec<String>,
    date: Vec<NaiveDate>,
    kind: Vec<String>,
    expense_id: Vec<Option<i64>>,
    bill_id: Vec<Option<i64>>,
    note: Vec<String>,
}

impl Columns {
    fn push(&mut self, settlement: &Settlement) {
        self.id.push(settlement.id);
        self.from_user_id.push(settlement.transfer.from_user_id);
        self.to_user_id.push(settlement.transfer.to_user_id);
        self.amount.push(settlement.transfer.amount.get());
        self.currency.push(settlement.currency.as_str().to_owned());
        self.date.push(settlement.date);
        self.kind.push(settlement.kind.as_str().to_owned());
        self.expense_id.push(settlement.expense_id);
        self.bill_id.push(settlement.bill_id);
        self.note.push(settlement.note.clone());
    }
}

/// Writes settlements of one room, made by one person at one instant. *Locks*: needs `ledger::lock`.
#[expect(clippy::as_conversions, reason = "so the macro is told that elements may be null")]
pub(crate) async fn insert(conn: &mut PgConnection, settlements: &[Settlement]) -> Result<(), Fault> {
    let Some(first) = settlements.first() else { return Ok(()) };
    let mut rows = Columns::default();
    for settlement in settlements {
        rows.push(settlement);
    }
    sqlx::query!(
        "insert into settlement (
             id, room_id, from_user_id, to_user_id, amount_minor, currency, date, kind, expense_id, bill_id, note,
             created_by, created_at
         )
         select
             id, $1, from_user_id, to_user_id, amount_minor, currency, date, kind, expense_id, bill_id, note, $2, $3
         from unnest(
             $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::date[], $10::text[],
             $11::bigint[], $12::bigint[], $13::text[]
         ) as given (id, from_user_id, to_user_id, amount_minor, currency, date, kind, expense_id, bill_id, note)",
        first.room_id,
        first.created_by,
        first.created_at,
        &rows.id,
        &rows.from_user_id,
        &rows.to_user_id,
        &rows.amount,
        &rows.currency,
        &rows.date,
        &rows.kind,
        &rows.expense_id as &[Option<i64>],
        &rows.bill_id as &[Option<i64>],
        &rows.note,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Reads a living settlement of a room.
pub(crate) async fn find(
    conn: &mut PgConnection,
    room_id: i64,
    id: i64,
) -> Result<Option<Settlement>, Fault> {
    let row = sqlx::query_as!(
        SettlementRow,
        "select
             id, room_id, from_user_id, to_user_id, amount_minor, currency, date, kind, expense_id, bill_id, note,
             created_by, created_at
         from settlement
         where id = $2
           and room_id = $1
           and deleted_at is null",
        room_id,
        id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    row.map(Settlement::try_from).transpose()
}

/// Takes a settlement back; false when it was taken back already. *Locks*: needs `ledger::lock`.
pub(crate) async fn delete(
    conn: &mut PgConnection,
    id: i64,
    deleted_by: i64,
    at: DateTime<Utc>,
) -> Result<bool, Fault> {
    let deleted = sqlx::query!(
        "update settlement
         set deleted_at = $3, deleted_by = $2
         where id = $1
           and deleted_at is null",
        id,
        deleted_by,
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(deleted.rows_affected() == 1)
}

/// Reads a page of a room's settlements and counts all. *Shape*: newest first.
pub(crate) async fn page(
    conn: &mut PgConnection,
    room_id: i64,
    window: Window,
) -> Result<(Vec<Settlement>, i64), Fault> {
    let total = sqlx::query_scalar!(
        r#"select count(id) as "total!" from settlement where room_id = $1 and deleted_at is null"#,
        room_id,
    );
    let total = total.fetch_one(&mut *conn).await.or_fault()?;
    let rows = sqlx::query_as!(
        SettlementRow,
        "select
             id, room_id, from_user_id, to_user_id, amount_minor, currency, date, kind, expense_id, bill_id, note,
             created_by, created_at
         from settlement
         where room_id = $1
           and deleted_at is null
         order by id desc
         offset $2
         limit $3",
        room_id,
        window.offset,
        window.limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    Ok((rows.into_iter().map(Settlement::try_from).collect::<Result<_, _>>()?, total))
}

/// Whose settlements are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Of<'a> {
    pub(crate) room_id: i64,
    pub(crate) user_id: i64,
    pub(crate) currency: &'a str,
}

/// Reads the newest settlements of one user in one currency. *Shape*: newest first, at most `limit`.
pub(crate) async fn of_user(
    conn: &mut PgConnection,
    of: Of<'_>,
    limit: i64,
) -> Result<Vec<Settlement>, Fault> {
    let rows = sqlx::query_as!(
        SettlementRow,
        "select
             id, room_id, from_user_id, to_user_id, amount_minor, currency, date, kind, expense_id, bill_id, note,
             created_by, created_at
         from settlement
         where room_id = $1
           and deleted_at is null
           and $2 in (from_user_id, to_user_id)
           and currency = $3
         order by id desc
         limit $4",
        of.room_id,
        of.user_id,
        of.currency,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    rows.into_iter().map(Settlement::try_from).collect()
}

impl Settlement {
    /// Tells whether it can be taken back by hand: confirmations of shares can't.
    pub(crate) const fn can_be_deleted(&self) -> bool {
        matches!(self.kind, SettlementKind::Manual | SettlementKind::Import)
    }
}
