//! Grants the time of a plan that an order bought. The bill service does.

use fault::Fault;
use host::{Answer, Call};
use proto::user::v1::{GrantMembershipRequest, GrantMembershipResponse};

use super::membership;
use crate::{
    domain::membership::{Grant, add},
    service::Service,
    store::memberships,
};

const DAYS_MAX: i32 = 3_660;

/// Grants time: after what the user has, or as an upgrade at once in place of it.
///
/// *Errors*: `VALIDATION_ERROR` naming the field. *Idempotent*: by the order. *Locks*: the user's memberships.
pub(crate) async fn grant_membership(
    service: Service,
    _: Call,
    request: GrantMembershipRequest,
) -> Result<Answer<GrantMembershipResponse>, Fault> {
    membership::number("order_no", &request.order_no)?;
    let plan = input::line("plan", &request.plan, 1..=32)?;
    if !(1..=DAYS_MAX).contains(&request.days) {
        return Err(Fault::validation("days", format!("must be from 1 to {DAYS_MAX}")));
    }
    if request.user_id <= 0 {
        return Err(Fault::validation("user_id", "must be a user's id"));
    }
    let (user_id, now) = (request.user_id, service.clock().now());
    let mut tx = service.db.begin().await?;
    memberships::lock(&mut tx, user_id, now).await?;
    let mut grants = memberships::grants(&mut tx, user_id).await?;
    if !grants.iter().any(|grant| grant.order_no == request.order_no) {
        let before = grants.clone();
        let new = Grant {
            order_no: request.order_no,
            plan,
            days: request.days,
            is_upgrade: request.is_upgrade,
            starts_at: now,
            ends_at: now,
            taken_days: 0,
            replaced_by: None,
            replaced_at: None,
            created_at: now,
        };
        add(&mut grants, new, now);
        membership::save(&mut tx, user_id, &before, &grants).await?;
    }
    tx.commit().await?;
    let membership = Some(membership::shown(user_id, &grants, now));
    Ok(Answer { reply: GrantMembershipResponse { membership }, is_replay: false })
}
