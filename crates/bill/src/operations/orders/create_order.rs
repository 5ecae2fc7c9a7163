//! Makes an order (003-E01, 004-E09, `POST /api/bills/:id/pay`, recharges). The user himself does.

use fault::Fault;
use host::{Answer, Call};
use proto::bill::v1::{CreateOrderRequest, CreateOrderResponse, create_order_request::What};

use super::{draft, pending::pending, share_draft, steps};
use crate::service::Service;

/// Makes an order.
///
/// *Errors*: `VALIDATION_ERROR` naming the field, `NOT_FOUND` for no such product or share, `PAYMENT_AMOUNT_ERROR` when
/// it costs another amount than was expected, and as `draft::product`, `draft::recharge` and `share_draft::share`.
/// *Idempotent*: by the call's key; a share, and an upgrade, has one pending order at most.
pub(crate) async fn create_order(
    service: &Service,
    call: &Call,
    asked: &CreateOrderRequest,
) -> Result<Answer<CreateOrderResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    if let Some(answer) = steps::replayed(service, call).await? {
        return Ok(answer);
    }
    let draft = match asked.what {
        Some(What::Product(product)) => draft::product(service, user_id, product).await?,
        Some(What::BillShare(share)) => share_draft::share(service, user_id, share).await?,
        Some(What::Recharge(recharge)) => draft::recharge(user_id, recharge.amount_minor)?,
        None => return Err(Fault::validation("what", "must be a product, a share of a bill or a recharge")),
    };
    draft::expected(asked.expected_amount_minor, draft.amount_minor)?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let order = match pending(service, &mut tx, &draft, &steps::actor(call)).await? {
        Some(order) => order,
        None => draft.write(service, &mut tx, None).await?,
    };
    let answer = call.store(&mut tx, CreateOrderResponse { order: Some(order) }).await?;
    tx.commit().await?;
    Ok(answer)
}
