//! Items and splits of a bill. They are written whole and replaced whole, while the bill is not approved.

use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// One item.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) expense_id: i64,
    pub(crate) amount_minor: i64,
    pub(crate) title: String,
    pub(crate) category: String,
}

/// One person's split.
#[derive(Clone, Debug)]
pub(crate) struct Split {
    pub(crate) id: i64,
    pub(crate) user_id: i64,
    pub(crate) amount_minor: i64,
    /// What of the total he laid out himself.
    pub(crate) laid_out_minor: i64,
    /// As given, 0 when not.
    pub(crate) percentage_hundredths: i32,
    /// As given, 0 when not.
    pub(crate) weight: i32,
}

/// Replaces the items and splits of a bill.
pub(crate) async fn replace(
    conn: &mut PgConnection,
    bill_id: i64,
    items: &[Item],
    splits: &[Split],
) -> Result<(), Fault> {
    sqlx::query!("delete from bill_item where bill_id = $1", bill_id).execute(&mut *conn).await.or_fault()?;
    sqlx::query!("delete from bill_split where bill_id = $1", bill_id)
        .execute(&mut *conn)
        .await
        .or_fault()?;
    insert_items(conn, bill_id, items).await?;
    insert_splits(conn, bill_id, splits).await
}

async fn insert_items(conn: &mut PgConnection, bill_id: i64, items: &[Item]) -> Result<(), Fault> {
    let expense_ids: Vec<_> = items.iter().map(|item| item.expense_id).collect();
    let amounts: Vec<_> = items.iter().map(|item| item.amount_minor).collect();
    let titles: Vec<_> = items.iter().map(|item| item.title.clone()).collect();
    let categories: Vec<_> = items.iter().map(|item| item.category.clone()).collect();
    sqlx::query!(
        "insert into bill_item (bill_id, position, expense_id, amount_minor, title, category)
         select $1, item.position, item.expense_id, item.amount_minor, item.title, item.category
         from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[])
             with ordinality as item (expense_id, amount_minor, title, category, position)",
        bill_id,
        &expense_ids,
        &amounts,
        &titles,
        &categories,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

async fn insert_splits(conn: &mut PgConnection, bill_id: i64, splits: &[Split]) -> Result<(), Fault> {
    let ids: Vec<_> = splits.iter().map(|split| split.id).collect();
    let user_ids: Vec<_> = splits.iter().map(|split| split.user_id).collect();
    let amounts: Vec<_> = splits.iter().map(|split| split.amount_minor).collect();
    let laid_out: Vec<_> = splits.iter().map(|split| split.laid_out_minor).collect();
    let percentages: Vec<_> = splits.iter().map(|split| split.percentage_hundredths).collect();
    let weights: Vec<_> = splits.iter().map(|split| split.weight).collect();
    sqlx::query!(
        "insert into bill_split (id, bill_id, position, user_id, amount_minor, laid_out_minor, percentage_hundredths,
             weight)
         select split.id, $1, split.position, split.user_id, split.amount_minor, split.laid_out, split.percentage,
             split.weight
         from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[], $7::integer[])
             with ordinality as split (id, user_id, amount_minor, laid_out, percentage, weight, position)",
        bill_id,
        &ids,
        &user_ids,
        &amounts,
        &laid_out,
        &percentages,
        &weights,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Lists the items of a bill in the order given by its author.
pub(crate) async fn items(conn: &mut PgConnection, bill_id: i64) -> Result<Vec<Item>, Fault> {
    sqlx::query_as!(
        Item,
        "select expense_id, amount_minor, title, category
         from bill_item
         where bill_id = $1
         order by position",
        bill_id,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Lists the splits of a bill in their order.
pub(crate) async fn splits(conn: &mut PgConnection, bill_id: i64) -> Result<Vec<Split>, Fault> {
    sqlx::query_as!(
        Split,
        "select id, user_id, amount_minor, laid_out_minor, percentage_hundredths, weight
         from bill_split
         where bill_id = $1
         order by position",
        bill_id,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}
