//! Lists expenses of one room, or of all rooms of the caller (000-E12).

use fault::Fault;
use proto::{
    expense::v1::{ListExpensesRequest, ListExpensesResponse},
    page::v1,
};

use super::rights;
use crate::{
    domain::text,
    service::Service,
    store::{
        self,
        pages::{Filter, Window},
    },
    wire,
};

/// The largest page, and the last row that any page may reach.
const PAGE_SIZE_MAX: i32 = 100;

/// Lists living expenses, newest date first. *Errors*: `NOT_FOUND` for a stranger's room, `VALIDATION_ERROR`.
pub(crate) async fn list_expenses(
    service: &Service,
    user_id: i64,
    request: ListExpensesRequest,
) -> Result<ListExpensesResponse, Fault> {
    let (window, mut info) = window(request.page)?;
    let (start_date, end_date) = text::date_range(&request.start_date, &request.end_date)?;
    let filter = Filter {
        room_ids: rooms(service, request.room_id, user_id).await?,
        category: (!request.category.is_empty()).then(|| request.category.trim().to_owned()),
        paid_by: (request.paid_by != 0).then_some(request.paid_by),
        is_paid: request.is_paid,
        start_date,
        end_date,
    };
    let mut conn = service.db.acquire().await?;
    let (expenses, total) = store::pages::read(&mut conn, &filter, window).await?;
    info.total_rows = total;
    Ok(ListExpensesResponse { expenses: expenses.iter().map(wire::expense).collect(), page: Some(info) })
}

/// Gives the room asked for, or all rooms of the caller.
pub(super) async fn rooms(service: &Service, room_id: i64, user_id: i64) -> Result<Vec<i64>, Fault> {
    if room_id == 0 {
        return service.roster.rooms_of(user_id).await;
    }
    rights::member(service, room_id, user_id).await?;
    Ok(vec![room_id])
}

/// Reads which page is asked for. *Errors*: a validation fault on `page` or `limit`.
pub(super) fn window(page: Option<v1::Request>) -> Result<(Window, v1::Info), Fault> {
    let page = page.unwrap_or(v1::Request { number: 1, size: 10 });
    if page.number < 1 {
        return Err(Fault::validation("page", "must be at least 1"));
    }
    if !(1..=PAGE_SIZE_MAX).contains(&page.size) {
        return Err(Fault::validation("limit", format!("must be from 1 to {PAGE_SIZE_MAX}")));
    }
    let (before, size) = (i64::from(page.number).saturating_sub(1), i64::from(page.size));
    let window = Window { offset: before.saturating_mul(size), limit: size };
    Ok((window, v1::Info { number: page.number, size: page.size, total_rows: 0 }))
}
