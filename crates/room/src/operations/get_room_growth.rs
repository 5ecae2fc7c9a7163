//! Counts rooms for administrators (000-E25).

use fault::Fault;
use proto::room::v1::{GetRoomGrowthResponse, MonthCount};

use crate::{service::Service, store::growth};

/// The latest months that are told: ten years of them.
const MONTHS_MAX: i64 = 120;

/// Counts living rooms, all of them and by the month of the business zone in which they were made.
pub(crate) async fn get_room_growth(service: &Service) -> Result<GetRoomGrowthResponse, Fault> {
    let mut conn = service.db.acquire().await?;
    let total_rooms = growth::total(&mut conn).await?;
    let months = growth::months(&mut conn, service.zone.name(), MONTHS_MAX).await?;
    let months = months.into_iter().map(|month| MonthCount { month: month.month, count: month.rooms });
    Ok(GetRoomGrowthResponse { total_rooms, months: months.collect() })
}
