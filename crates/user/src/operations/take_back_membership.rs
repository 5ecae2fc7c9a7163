//! Takes days of a grant back for a refund. The bill service does.

use fault::{Code, Fault};
use host::{Answer, Call};
use proto::user::v1::{TakeBackMembershipRequest, TakeBackMembershipResponse};

use super::membership;
use crate::{
    domain::membership::take_back,
    service::Service,
    store::memberships::{self, Taking},
};

/// Takes days back.
///
/// *Errors*: `NOT_FOUND` for no such grant, `REFUND_NOT_ALLOWED` when so many days are not left or the refund was given
/// up before, `VALIDATION_ERROR`. *Idempotent*: by the refund. *Locks*: the user's memberships.
pub(crate) async fn take_back_membership(
    service: Service,
    _: Call,
    request: TakeBackMembershipRequest,
) -> Result<Answer<TakeBackMembershipResponse>, Fault> {
    membership::number("refund_no", &request.refund_no)?;
    if request.days <= 0 {
        return Err(Fault::validation("days", "must be above zero"));
    }
    let now = service.clock().now();
    let mut tx = service.db.begin().await?;
    let owner = memberships::owner(&mut tx, &request.order_no).await?;
    let user_id = owner.ok_or_else(|| Fault::not_found("membership"))?;
    memberships::lock(&mut tx, user_id, now).await?;
    let mut grants = memberships::grants(&mut tx, user_id).await?;
    let taking = Taking { order_no: request.order_no.clone(), days: request.days, is_returned: false };
    if memberships::insert_taking(&mut tx, &request.refund_no, &taking, now).await?.is_some() {
        let before = grants.clone();
        take_back(&mut grants, &request.order_no, request.days, now)?;
        membership::save(&mut tx, user_id, &before, &grants).await?;
    } else if memberships::taking(&mut tx, &request.refund_no).await? != Some(taking) {
        return Err(Fault::new(Code::RefundNotAllowed, "the refund was given up, or is another one"));
    }
    tx.commit().await?;
    let membership = Some(membership::shown(user_id, &grants, now));
    Ok(Answer { reply: TakeBackMembershipResponse { membership }, is_replay: false })
}
