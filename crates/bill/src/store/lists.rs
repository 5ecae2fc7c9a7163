//! Lists and counts over many bills.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::bills::Row;

/// Which bills to list; what is absent does not narrow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Rooms of the caller, never empty in use: foreign rooms are not seen.
    pub(crate) room_ids: Vec<i64>,
    pub(crate) status: Option<&'static str>,
    pub(crate) created_by: Option<i64>,
    /// Inclusive.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Exclusive.
    pub(crate) until: Option<DateTime<Utc>>,
}

/// Counts the bills of a filter.
pub(crate) async fn count(conn: &mut PgConnection, filter: &Filter) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        "select count(*) as \"count!\"
         from bill
         where room_id = any($1)
           and status in ('pending', 'approving', 'approved', 'rejected')
           and ($2::text is null or case status when 'approving' then 'pending' else status end = $2)
           and ($3::bigint is null or created_by = $3)
           and ($4::timestamptz is null or created_at >= $4)
           and ($5::timestamptz is null or created_at < $5)",
        &filter.room_ids,
        filter.status,
        filter.created_by,
        filter.from,
        filter.until,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Lists the bills of a filter, newest first.
pub(crate) async fn page(
    conn: &mut PgConnection,
    filter: &Filter,
    offset: i64,
    limit: i64,
) -> Result<Vec<Row>, Fault> {
    sqlx::query_as!(
        Row,
        "select id, room_id, title, description, due_date, status, total_minor, currency, split_type, created_by,
             created_at, updated_at, review_comment, reviewed_by, reviewed_at, version
         from bill
         where room_id = any($1)
           and status in ('pending', 'approving', 'approved', 'rejected')
           and ($2::text is null or case status when 'approving' then 'pending' else status end = $2)
           and ($3::bigint is null or created_by = $3)
           and ($4::timestamptz is null or created_at >= $4)
           and ($5::timestamptz is null or created_at < $5)
         order by created_at desc, id desc
         offset $6
         limit $7",
        &filter.room_ids,
        filter.status,
        filter.created_by,
        filter.from,
        filter.until,
        offset,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// One bill in which a user has a share.
#[derive(Clone, Debug)]
pub(crate) struct OwnShare {
    pub(crate) bill_id: i64,
    pub(crate) status: String,
    pub(crate) amount_minor: i64,
    pub(crate) laid_out_minor: i64,
}

/// Lists the user's shares in CNY bills of his rooms, rejected ones left out.
pub(crate) async fn own_shares(
    conn: &mut PgConnection,
    user_id: i64,
    room_ids: &[i64],
) -> Result<Vec<OwnShare>, Fault> {
    sqlx::query_as!(
        OwnShare,
        "select bill.id as bill_id, bill.status, bill_split.amount_minor, bill_split.laid_out_minor
         from bill_split
         join bill on bill.id = bill_split.bill_id
         where bill_split.user_id = $1
           and bill.room_id = any($2)
           and bill.currency = 'CNY'
           and bill.status in ('pending', 'approving', 'approved')
         order by bill.id",
        user_id,
        room_ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}
