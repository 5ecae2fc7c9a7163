//! Shows one bill with items and splits (000-E19). Members of its room may.

use std::sync::Arc;

use durable::Connection;
use fault::Fault;
use host::Call;
use proto::bill::v1::{Bill, GetBillResponse};
use roster::Members;

use crate::{
    domain::status::Status,
    service::Service,
    store::{
        bills::{self, Row},
        parts,
    },
    wire,
};

/// Shows a bill. *Errors*: `NOT_FOUND` for a stranger, as for no such bill.
pub(crate) async fn get_bill(service: &Service, call: &Call, bill_id: i64) -> Result<GetBillResponse, Fault> {
    let (row, _) = find(service, bill_id, call.caller.user()?.id).await?;
    Ok(GetBillResponse { bill: Some(shown(service, &row).await?) })
}

/// Finds a bill that a user may see, and who is in its room.
pub(super) async fn find(
    service: &Service,
    bill_id: i64,
    user_id: i64,
) -> Result<(Row, Arc<Members>), Fault> {
    let row = {
        let mut conn = service.db.acquire().await?;
        bills::find(&mut conn, bill_id).await?.ok_or_else(|| Fault::not_found("bill"))?
    };
    let members = service.roster.of_member(row.room_id, user_id, "bill").await?;
    Ok((row, members))
}

/// A bill as it is now, with what the expense service knows of its shares.
pub(super) async fn shown(service: &Service, row: &Row) -> Result<Bill, Fault> {
    let shares = if row.status == Status::Approved.as_str() {
        service.expenses.shares(&[row.id]).await?.remove(&row.id).unwrap_or_default()
    } else {
        Vec::new()
    };
    let mut conn = service.db.acquire().await?;
    let (items, splits) = (parts::items(&mut conn, row.id).await?, parts::splits(&mut conn, row.id).await?);
    Ok(wire::whole(wire::bill(row, Some(&shares), service.today()), &items, &splits, &shares))
}

/// A bill as the caller's transaction leaves it; nothing of it is paid yet.
pub(super) async fn whole(service: &Service, conn: &mut Connection, bill_id: i64) -> Result<Bill, Fault> {
    let row = bills::find(conn, bill_id).await?.ok_or_else(|| Fault::internal("the bill is gone"))?;
    let (items, splits) = (parts::items(conn, bill_id).await?, parts::splits(conn, bill_id).await?);
    Ok(wire::whole(wire::bill(&row, None, service.today()), &items, &splits, &[]))
}
