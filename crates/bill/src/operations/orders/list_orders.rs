//! Lists orders: everybody his own, holders of `payment:read` all.

use fault::Fault;
use host::{Call, Page};
use proto::bill::v1::{ListOrdersRequest, ListOrdersResponse};

use crate::{
    domain::order::{Kind, Status},
    order_wire,
    service::Service,
    store::order_parts::{self, Filter},
};

/// Lists a page, newest first. *Errors*: `FORBIDDEN` for somebody else's, `VALIDATION_ERROR` naming the field.
pub(crate) async fn list_orders(
    service: &Service,
    call: &Call,
    asked: &ListOrdersRequest,
) -> Result<ListOrdersResponse, Fault> {
    let user = call.caller.user()?;
    let is_operator = user.has("payment:read");
    if asked.user_id != 0 && asked.user_id != user.id && !is_operator {
        return Err(Fault::forbidden("only the owner and operators list these orders"));
    }
    let of = if asked.user_id == 0 && !is_operator { user.id } else { asked.user_id };
    let (page, now) = (Page::of(asked.page)?, service.clock.now());
    let filter = Filter {
        user_id: (of != 0).then_some(of),
        status: order_wire::status_filter(asked.status)?.map(Status::as_str),
        kind: order_wire::kind_filter(asked.kind)?.map(Kind::as_str),
        now,
    };
    let mut conn = service.db.acquire().await?;
    let total = order_parts::count(&mut conn, filter).await?;
    let rows = order_parts::page(&mut conn, filter, (page.offset(), page.limit())).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let credits = order_parts::credits(&mut conn, &ids).await?;
    let none = Vec::new();
    let shown = rows.iter().map(|row| order_wire::order(row, credits.get(&row.id).unwrap_or(&none), now));
    Ok(ListOrdersResponse { orders: shown.collect::<Result<_, _>>()?, page: Some(page.info(total)) })
}
