//! Totals over every room, for administrators (000-E25). CNY only.

use fault::Fault;
use proto::expense::v1::GetSystemStatsResponse;

use crate::{service::Service, store};

/// Sums all living expenses up. Who may ask is in the access table.
pub(crate) async fn system_stats(service: &Service) -> Result<GetSystemStatsResponse, Fault> {
    let mut conn = service.db.acquire().await?;
    let total = store::statistics::system_total(&mut conn).await?;
    Ok(GetSystemStatsResponse { total_expenses: total.count, total_amount_minor: total.amount_minor })
}
