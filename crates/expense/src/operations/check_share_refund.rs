//! Tells whether the money of an order that paid a share can go back. The bill service asks.

use fault::{Code, Fault};

use crate::{service::Service, store};

/// Passes if nothing was handed over since of the expenses behind the share: debts that are handed over in parts go to
/// one payee after the other, so only the last part can be taken out again.
///
/// *Errors*: `NOT_FOUND`, `REFUND_NOT_ALLOWED`.
pub(crate) async fn check_share_refund(service: &Service, order_no: &str) -> Result<(), Fault> {
    let mut conn = service.db.acquire().await?;
    let order = store::online::find_order(&mut conn, order_no).await?;
    let order = order.ok_or_else(|| Fault::not_found("order"))?;
    let made = store::online::settlements(&mut conn, order_no).await?;
    let expense_ids: Vec<i64> = made.iter().filter_map(|settlement| settlement.expense_id).collect();
    let last = made.iter().map(|settlement| settlement.id).max().unwrap_or_default();
    if store::online::was_settled_since(&mut conn, order.user_id, &expense_ids, last).await? {
        return Err(Fault::new(Code::RefundNotAllowed, "the share was settled again since"));
    }
    Ok(())
}
