//! Decides a dispute: a room admin who is no party to it, or any admin when all of them are.

use durable::Tx;
use fault::Fault;
use host::{Answer, Call};
use proto::expense::v1::{Decision, ResolveDisputeRequest, ResolveDisputeResponse};
use serde_json::json;

use super::{
    open_bill_dispute::payees,
    open_dispute::told,
    record::{self, Act},
    stories,
};
use crate::{
    domain::text,
    service::Service,
    store::{self, disputes::Dispute},
    wire,
};
use news::Occasion;
use roster::Members;

/// Decides a dispute, once. The share is no longer frozen, whatever the decision.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR`, `STATE_CONFLICT` when it was decided before.
/// *Idempotent*: by the call's key. *Locks*: the room.
pub(crate) async fn resolve_dispute(
    service: &Service,
    call: &Call,
    request: &ResolveDisputeRequest,
) -> Result<Answer<ResolveDisputeResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let status = match Decision::try_from(request.decision) {
        Ok(Decision::Upheld) => "upheld",
        Ok(Decision::Rejected) => "rejected",
        _ => return Err(Fault::validation("decision", "must be upheld or rejected")),
    };
    let comment = text::comment(&request.comment)?;
    let (room_id, members) = member_by_dispute(service, request.dispute_id, user_id).await?;
    if !members.has_admin(user_id) {
        return Err(Fault::forbidden("only a room admin may decide a dispute"));
    }
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    store::ledger::lock(tx.conn(), room_id).await?;
    let open = store::disputes::find(tx.conn(), request.dispute_id).await?;
    let open = open.ok_or_else(|| Fault::not_found("dispute"))?;
    let parties = parties(&mut tx, &open).await?;
    not_a_party(&members, &parties, user_id)?;
    let decided = Dispute {
        status: status.to_owned(),
        comment,
        resolved_by: Some(user_id),
        resolved_at: Some(service.clock.now()),
        ..open.clone()
    };
    if !store::disputes::resolve(tx.conn(), &decided).await? {
        return Err(Fault::conflict(format!("dispute {} was decided before", open.id)));
    }
    tell((&mut tx, call), &members, &decided, parties).await?;
    record::answer(tx, call, ResolveDisputeResponse { dispute: Some(wire::dispute(&decided)) }).await
}

async fn member_by_dispute(
    service: &Service,
    dispute_id: i64,
    user_id: i64,
) -> Result<(i64, std::sync::Arc<Members>), Fault> {
    let found = {
        let mut conn = service.db.acquire().await?;
        store::disputes::find(&mut conn, dispute_id).await?
    };
    let room_id = found.ok_or_else(|| Fault::not_found("dispute"))?.room_id;
    Ok((room_id, service.roster.of_member(room_id, user_id, "dispute").await?))
}

/// Names the debtor, the payees and who opened the dispute.
async fn parties(tx: &mut Tx, dispute: &Dispute) -> Result<Vec<i64>, Fault> {
    let mut parties = vec![dispute.debtor_user_id, dispute.opened_by];
    if let Some(expense_id) = dispute.expense_id {
        if let Some(expense) = store::expenses::find(tx.conn(), expense_id).await? {
            parties.extend(expense.payees_of(dispute.debtor_user_id)?);
        }
    } else if let Some(bill_id) = dispute.bill_id
        && let Some(bill) = store::bills::find(tx.conn(), bill_id).await?
    {
        // A bill that was rejected meanwhile has no payees any more.
        parties.extend(payees(tx, &bill, dispute.debtor_user_id).await.unwrap_or_default());
    }
    Ok(parties)
}

fn not_a_party(members: &Members, parties: &[i64], user_id: i64) -> Result<(), Fault> {
    let has_impartial_admin = members.admin_ids().iter().any(|admin_id| !parties.contains(admin_id));
    if parties.contains(&user_id) && has_impartial_admin {
        return Err(Fault::forbidden("you are a party to this dispute; another room admin must decide it"));
    }
    Ok(())
}

async fn tell(
    (tx, call): (&mut Tx, &Call),
    members: &Members,
    decided: &Dispute,
    parties: Vec<i64>,
) -> Result<(), Fault> {
    let actor_user_id = decided.resolved_by.unwrap_or_default();
    let at = decided.resolved_at.unwrap_or(decided.created_at);
    let occasion = Occasion { room_id: decided.room_id, at, actor_user_id };
    let facts = stories::dispute_facts(occasion, &members.room_name, decided);
    let mut told = told(members, decided.debtor_user_id, parties.clone());
    told.retain(|user_id| parties.contains(user_id));
    stories::resolved(occasion, &facts, decided, told).send(tx.conn(), decided.room_id).await?;
    let act = Act {
        action: "dispute.resolved",
        subject: format!("dispute:{}", decided.id),
        before: Some(json!({ "status": "open" })),
        after: Some(json!({ "status": decided.status, "comment": decided.comment })),
    };
    record::act(tx.conn(), call, act).await
}
