//! Shows a membership; and what the three verbs that change one share.

use chrono::{DateTime, Utc};
use durable::Tx;
use fault::Fault;
use host::{Call, timestamp};
use proto::user::v1::{GetMembershipRequest, GetMembershipResponse, Membership, MembershipPart};

use crate::{domain::membership::Grant, service::Service, store::memberships};

/// Shows a user's membership: to himself, to holders of `payment:read`, to the services that work with orders.
///
/// *Errors*: `FORBIDDEN` for another user's.
pub(crate) async fn get_membership(
    service: Service,
    call: Call,
    request: GetMembershipRequest,
) -> Result<GetMembershipResponse, Fault> {
    let user_id = match &call.caller.user {
        Some(user) if request.user_id == 0 || request.user_id == user.id => user.id,
        Some(user) if !user.has("payment:read") => {
            return Err(Fault::forbidden("only the user himself and operators see a membership"));
        }
        _ => request.user_id,
    };
    let mut conn = service.db.acquire().await?;
    let grants = memberships::grants(&mut conn, user_id).await?;
    Ok(GetMembershipResponse { membership: Some(shown(user_id, &grants, service.clock().now())) })
}

/// A membership as it is at an instant.
pub(super) fn shown(user_id: i64, grants: &[Grant], now: DateTime<Utc>) -> Membership {
    let mut running: Vec<&Grant> = grants.iter().filter(|grant| grant.counts(now)).collect();
    running.sort_by_key(|grant| grant.starts_at);
    let ends = grants.iter().filter(|grant| grant.replaced_by.is_none()).map(|grant| grant.ends_at);
    let part = |grant: &&Grant| MembershipPart {
        order_no: grant.order_no.clone(),
        plan: grant.plan.clone(),
        whole_days_left: grant.whole_days_left(now),
    };
    Membership {
        user_id,
        plan: running.first().map(|grant| grant.plan.clone()).unwrap_or_default(),
        expires_at: ends.max().map(timestamp),
        parts: running.iter().map(part).collect(),
    }
}

/// Writes the grants that have changed.
pub(super) async fn save(tx: &mut Tx, user_id: i64, before: &[Grant], after: &[Grant]) -> Result<(), Fault> {
    for grant in after.iter().filter(|grant| !before.contains(grant)) {
        memberships::put(tx, user_id, grant).await?;
    }
    Ok(())
}

/// Passes a number of an order or refund. *Errors*: `VALIDATION_ERROR`.
pub(super) fn number(field: &str, number: &str) -> Result<(), Fault> {
    let is_number = (1..=64).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_graphic());
    if is_number { Ok(()) } else { Err(Fault::validation(field, "must have 1 to 64 printable characters")) }
}
