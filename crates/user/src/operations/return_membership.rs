//! Gives days back that a refund had taken, because the money did not go back. The bill service does.

use fault::Fault;
use host::{Answer, Call};
use proto::user::v1::{ReturnMembershipRequest, ReturnMembershipResponse};

use super::membership;
use crate::{
    domain::membership::give_back,
    service::Service,
    store::memberships::{self, Taking},
};

/// Gives days back. A refund that has taken nothing takes nothing from then on.
///
/// *Errors*: `VALIDATION_ERROR`. *Idempotent*: by the refund. *Locks*: the user's memberships.
pub(crate) async fn return_membership(
    service: Service,
    _: Call,
    request: ReturnMembershipRequest,
) -> Result<Answer<ReturnMembershipResponse>, Fault> {
    membership::number("refund_no", &request.refund_no)?;
    let (refund_no, now) = (&request.refund_no, service.clock().now());
    let mut tx = service.db.begin().await?;
    let never = Taking { order_no: String::new(), days: 0, is_returned: true };
    if memberships::insert_taking(&mut tx, refund_no, &never, now).await?.is_none() {
        let known = memberships::taking(&mut tx, refund_no).await?;
        if let Some(taking) = known.filter(|taking| !taking.is_returned) {
            memberships::give_back(&mut tx, refund_no).await?;
            let owner = memberships::owner(&mut tx, &taking.order_no).await?;
            let user_id = owner.ok_or_else(|| Fault::internal("a refund took days of no grant"))?;
            memberships::lock(&mut tx, user_id, now).await?;
            let before = memberships::grants(&mut tx, user_id).await?;
            let mut grants = before.clone();
            give_back(&mut grants, &taking.order_no, taking.days, now);
            membership::save(&mut tx, user_id, &before, &grants).await?;
        }
    }
    tx.commit().await?;
    Ok(Answer { reply: ReturnMembershipResponse {}, is_replay: false })
}
