//! Statistics of the caller's own shares (000-E23). CNY only.

use fault::Fault;
use proto::expense::v1::{CategoryTotal, GetUserStatsRequest, GetUserStatsResponse, MonthTotal};

use super::list_expenses::rooms;
use crate::{
    domain::text,
    service::Service,
    store::{
        self,
        statistics::{Category, Range},
    },
};

/// Sums the caller's shares up. *Errors*: `NOT_FOUND` for a stranger's room, `VALIDATION_ERROR` on a date.
pub(crate) async fn user_stats(
    service: &Service,
    user_id: i64,
    request: GetUserStatsRequest,
) -> Result<GetUserStatsResponse, Fault> {
    let (start_date, end_date) = text::date_range(&request.start_date, &request.end_date)?;
    let range = Range { room_ids: rooms(service, request.room_id, user_id).await?, start_date, end_date };
    // One instant for all figures, so that they add up.
    let mut tx = service.db.begin().await?;
    store::explanations::stand_still(tx.conn()).await?;
    let total = store::statistics::user_total(tx.conn(), &range, user_id).await?;
    let categories = store::statistics::user_categories(tx.conn(), &range, user_id).await?;
    let months = store::statistics::user_months(tx.conn(), &range, user_id).await?;
    tx.rollback().await?;
    Ok(GetUserStatsResponse {
        total_expenses: total.count,
        total_amount_minor: total.amount_minor,
        paid_amount_minor: total.amount_minor.saturating_sub(total.owed_minor),
        owed_amount_minor: total.owed_minor,
        categories: categories.into_iter().map(category).collect(),
        months: months
            .into_iter()
            .map(|month| MonthTotal { month: month.month, amount_minor: month.amount_minor })
            .collect(),
    })
}

/// Gives a category's sum as a message.
pub(super) fn category(category: Category) -> CategoryTotal {
    CategoryTotal { category: category.category, amount_minor: category.amount_minor, count: category.count }
}
