//! Counts new users by month (000-E25).

use fault::Fault;
use host::Call;
use proto::user::v1::{GetUserGrowthRequest, GetUserGrowthResponse, MonthCount};

use crate::{domain::month, service::Service, store::admins};

/// Counts accounts by the month of their making in the business zone. *Shape*: sorted, without holes.
pub(crate) async fn get_growth(
    service: Service,
    _: Call,
    _: GetUserGrowthRequest,
) -> Result<GetUserGrowthResponse, Fault> {
    let mut conn = service.db.acquire().await?;
    let counted = admins::growth(&mut conn, service.zone.name()).await?;
    let total_users = counted.iter().map(|(_, count)| count).sum();
    let months = month::without_holes(&counted.into_iter().collect());
    let months = months.into_iter().map(|(month, count)| MonthCount { month, count }).collect();
    Ok(GetUserGrowthResponse { total_users, months })
}
