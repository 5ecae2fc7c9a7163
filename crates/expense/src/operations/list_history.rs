//! Shows every version of an expense, a deleted one too. Any member of its room may.

use fault::Fault;
use proto::expense::v1::ListHistoryResponse;

use super::rights;
use crate::{service::Service, store, wire};

/// Reads the history of an expense, oldest first. *Errors*: `NOT_FOUND`, also for a stranger.
pub(crate) async fn list_history(
    service: &Service,
    user_id: i64,
    expense_id: i64,
) -> Result<ListHistoryResponse, Fault> {
    rights::member_by_expense(service, expense_id, user_id).await?;
    let mut conn = service.db.acquire().await?;
    let versions = store::history::read(&mut conn, expense_id).await?;
    let entries = versions.iter().map(wire::version).collect::<Result<_, _>>()?;
    Ok(ListHistoryResponse { entries })
}
