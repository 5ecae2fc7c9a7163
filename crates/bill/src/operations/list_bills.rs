//! Lists bills of the caller's rooms (000-E18).

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use fault::Fault;
use host::Call;
use proto::bill::v1::{ListBillsRequest, ListBillsResponse, Status as WireStatus};

use crate::{
    domain::status::Status,
    service::Service,
    store::lists::{self, Filter},
    wire,
};

/// Lists bills, newest first.
///
/// *Errors*: `NOT_FOUND` for a room of others, `VALIDATION_ERROR` naming the field.
pub(crate) async fn list_bills(
    service: &Service,
    call: &Call,
    asked: &ListBillsRequest,
) -> Result<ListBillsResponse, Fault> {
    let user_id = call.caller.user()?.id;
    let page = host::Page::of(asked.page)?;
    let filter = filter(service, user_id, asked).await?;
    let (rows, total_rows) = {
        let mut conn = service.db.acquire().await?;
        let total = lists::count(&mut conn, &filter).await?;
        (lists::page(&mut conn, &filter, page.offset(), page.limit()).await?, total)
    };
    let approved: Vec<_> =
        rows.iter().filter(|row| row.status == Status::Approved.as_str()).map(|row| row.id).collect();
    let shares = service.expenses.shares(&approved).await?;
    let today = service.today();
    Ok(ListBillsResponse {
        bills: rows.iter().map(|row| wire::bill(row, shares.get(&row.id), today)).collect(),
        page: Some(page.info(total_rows)),
    })
}

async fn filter(service: &Service, user_id: i64, asked: &ListBillsRequest) -> Result<Filter, Fault> {
    let (start, end) = input::date_range(&asked.start_date, &asked.end_date)?;
    let status = match WireStatus::try_from(asked.status) {
        Ok(WireStatus::Unspecified) => None,
        Ok(WireStatus::Pending) => Some("pending"),
        Ok(WireStatus::Approved) => Some("approved"),
        Ok(WireStatus::Rejected) => Some("rejected"),
        Err(_) => return Err(Fault::validation("status", "must be pending, approved or rejected")),
    };
    let room_ids = if asked.room_id == 0 {
        service.roster.rooms_of(user_id).await?
    } else {
        service.roster.of_member(asked.room_id, user_id, "room").await?;
        vec![asked.room_id]
    };
    Ok(Filter {
        room_ids,
        status,
        created_by: Some(asked.created_by).filter(|id| *id != 0),
        from: start.and_then(|day| begin(day, service.zone)),
        until: end
            .and_then(|day| day.checked_add_days(Days::new(1)))
            .and_then(|day| begin(day, service.zone)),
    })
}

/// When a day begins in the business zone.
fn begin(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    day.and_time(NaiveTime::MIN).and_local_timezone(zone).earliest().map(|at| at.with_timezone(&Utc))
}
