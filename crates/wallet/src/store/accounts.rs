//! The statements of accounts.
//!
//! Plain functions on a connection; rights are asked before. Where many keys are looked up, each is looked up by itself
//! (`lateral … limit 1`): a plan that was made while a table was small would else read all of it when it has grown. The
//! rule not to be broken: rows are locked in order of id.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use crate::domain::{Account, Opened, Row};

/// What an account holds. *Units*: hundredths; what is held is part of the balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) balance_minor: i64,
    pub(crate) held_minor: i64,
    pub(crate) version: i64,
    pub(crate) is_frozen: bool,
    /// None if it never changed.
    pub(crate) changed_at: Option<DateTime<Utc>>,
}

/// Reads an account; one that does not exist yet is none.
pub(crate) async fn holding(conn: &mut PgConnection, account: Account) -> Result<Option<Holding>, Fault> {
    sqlx::query_as!(
        Holding,
        r#"select balance_minor, held_minor, version, is_frozen, changed_at as "changed_at?"
         from account
         where kind = $1 and owner = $2 and asset = $3"#,
        account.kind(),
        account.owner(),
        account.asset.as_str(),
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Finds the ids of accounts; those that do not exist yet are left out.
pub(crate) async fn ids(conn: &mut PgConnection, accounts: &[Account]) -> Result<Vec<(Account, i64)>, Fault> {
    let kinds: Vec<&str> = accounts.iter().map(|account| account.kind()).collect();
    let owners: Vec<String> = accounts.iter().map(|account| account.owner()).collect();
    let assets: Vec<&str> = accounts.iter().map(|account| account.asset.as_str()).collect();
    let found = sqlx::query!(
        r#"select wanted.place as "place!", known.id as "id!"
         from unnest($1::text[], $2::text[], $3::text[]) with ordinality as wanted (kind, owner, asset, place)
         cross join lateral (
             select id
             from account
             where kind = wanted.kind
               and owner = wanted.owner
               and asset = wanted.asset
             limit 1
         ) as known"#,
        &kinds as _,
        &owners,
        &assets as _,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    let at = |place: i64| usize::try_from(place.saturating_sub(1)).ok().and_then(|at| accounts.get(at));
    Ok(found.into_iter().filter_map(|row| Some((*at(row.place)?, row.id))).collect())
}

/// What was locked, and whether keys were used before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locked {
    pub(crate) rows: Vec<Row>,
    /// The latest change of any of them.
    pub(crate) changed_at: Option<DateTime<Utc>>,
    pub(crate) has_used_keys: bool,
}

/// Whether to wait for rows that somebody else has locked, or to go without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Wait,
    SkipLocked,
}

/// A row of an account, or the mark that a key was used.
#[derive(Default)]
struct Found {
    id: Option<i64>,
    balance_minor: Option<i64>,
    held_minor: Option<i64>,
    version: Option<i64>,
    last_entry_number: Option<i64>,
    is_frozen: Option<bool>,
    changed_at: Option<DateTime<Utc>>,
}

/// Locks accounts, and looks whether transfers were posted under any of these keys. *Locks*: in order of id.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    ids: &[i64],
    keys: &[&str],
    manner: Manner,
) -> Result<Locked, Fault> {
    match manner {
        Manner::Wait => lock_waiting(conn, ids, keys).await.map(Locked::of),
        Manner::SkipLocked => lock_free(conn, ids).await,
    }
}

impl Locked {
    fn of(found: Vec<Found>) -> Self {
        let mut locked = Self::default();
        for row in found {
            match row.id {
                Some(id) => {
                    locked.changed_at = locked.changed_at.max(row.changed_at);
                    locked.rows.push(Row {
                        id,
                        balance_minor: row.balance_minor.unwrap_or_default(),
                        held_minor: row.held_minor.unwrap_or_default(),
                        version: row.version.unwrap_or_default(),
                        last_entry_number: row.last_entry_number.unwrap_or_default(),
                        is_frozen: row.is_frozen.unwrap_or_default(),
                    });
                }
                None => locked.has_used_keys = true,
            }
        }
        locked
    }
}

async fn lock_waiting(conn: &mut PgConnection, ids: &[i64], keys: &[&str]) -> Result<Vec<Found>, Fault> {
    sqlx::query_as!(
        Found,
        r#"with locked as materialized (
             select id, balance_minor, held_minor, version, last_entry_number, is_frozen, changed_at
             from account
             where id = any($1)
             order by id
             for update
         )
         select id as "id?", balance_minor as "balance_minor?", held_minor as "held_minor?",
                version as "version?", last_entry_number as "last_entry_number?", is_frozen as "is_frozen?",
                changed_at as "changed_at?"
         from locked
         union all
         select null, null, null, null, null, null, null
         from unnest($2::text[]) as used (key)
         cross join lateral (
             select id
             from transfer
             where idempotency_key = used.key
             limit 1
         ) as posted"#,
        ids,
        keys as _,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Locks the accounts that nobody else has locked. It is rare, so it does not look at keys itself: they count as used,
/// and whoever reads their receipts finds out.
async fn lock_free(conn: &mut PgConnection, ids: &[i64]) -> Result<Locked, Fault> {
    let found = sqlx::query_as!(
        Found,
        r#"select id as "id?", balance_minor as "balance_minor?", held_minor as "held_minor?",
                version as "version?", last_entry_number as "last_entry_number?", is_frozen as "is_frozen?",
                changed_at as "changed_at?"
         from account
         where id = any($1)
         order by id
         for update skip locked"#,
        ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    Ok(Locked { has_used_keys: true, ..Locked::of(found) })
}

/// Opens accounts with what is in them; gives how many. Fewer than asked for: somebody else opened one just now.
pub(crate) async fn open(
    conn: &mut PgConnection,
    opened: &[Opened],
    at: DateTime<Utc>,
) -> Result<u64, Fault> {
    let column = |of: fn(&Row) -> i64| -> Vec<i64> { opened.iter().map(|it| of(&it.row)).collect() };
    let kinds: Vec<&str> = opened.iter().map(|it| it.account.kind()).collect();
    let owners: Vec<String> = opened.iter().map(|it| it.account.owner()).collect();
    let assets: Vec<&str> = opened.iter().map(|it| it.account.asset.as_str()).collect();
    let inserted = sqlx::query!(
        "insert into account (
             id, kind, owner, asset, balance_minor, held_minor, version, last_entry_number, changed_at, created_at
         )
         select id, kind, owner, asset, balance_minor, held_minor, version, last_entry_number, $9, $9
         from unnest(
             $1::bigint[], $2::text[], $3::text[], $4::text[],
             $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[]
         ) as opened (id, kind, owner, asset, balance_minor, held_minor, version, last_entry_number)
         on conflict on constraint account_kind_owner_asset_key do nothing",
        &column(|row| row.id),
        &kinds as _,
        &owners,
        &assets as _,
        &column(|row| row.balance_minor),
        &column(|row| row.held_minor),
        &column(|row| row.version),
        &column(|row| row.last_entry_number),
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(inserted.rows_affected())
}

/// Reads and locks one account. *Locks*: its row.
pub(crate) async fn lock_one(
    conn: &mut PgConnection,
    account: Account,
) -> Result<Option<(i64, bool)>, Fault> {
    let found = sqlx::query!(
        "select id, is_frozen
         from account
         where kind = $1 and owner = $2 and asset = $3
         for update",
        account.kind(),
        account.owner(),
        account.asset.as_str(),
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    Ok(found.map(|row| (row.id, row.is_frozen)))
}

/// Freezes a locked account or ends that.
pub(crate) async fn set_frozen(
    conn: &mut PgConnection,
    id: i64,
    is_frozen: bool,
    at: DateTime<Utc>,
) -> Result<Row, Fault> {
    sqlx::query_as!(
        Row,
        "update account
         set is_frozen = $2,
             version = version + 1,
             changed_at = greatest(changed_at, $3)
         where id = $1
         returning id, balance_minor, held_minor, version, last_entry_number, is_frozen",
        id,
        is_frozen,
        at,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}
