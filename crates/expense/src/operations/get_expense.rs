//! Reads one expense (000-E13). Any member of its room may.

use fault::Fault;
use proto::expense::v1::GetExpenseResponse;

use super::rights;
use crate::{service::Service, store, wire};

/// Reads a living expense with its splits. *Errors*: `NOT_FOUND`, also for a stranger and a deleted expense.
pub(crate) async fn get_expense(
    service: &Service,
    user_id: i64,
    expense_id: i64,
) -> Result<GetExpenseResponse, Fault> {
    rights::member_by_expense(service, expense_id, user_id).await?;
    let mut conn = service.db.acquire().await?;
    let found = store::expenses::find(&mut conn, expense_id).await?;
    let expense = found.filter(|expense| !expense.is_deleted).ok_or_else(|| Fault::not_found("expense"))?;
    Ok(GetExpenseResponse { expense: Some(wire::expense(&expense)) })
}
