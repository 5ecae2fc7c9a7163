//! Counts the caller's bills (000-E22): amounts are his shares, in CNY. What he laid out himself counts as paid.

use fault::Fault;
use host::Call;
use proto::bill::v1::GetUserStatsResponse;

use crate::{
    domain::status::Status,
    service::Service,
    store::lists::{self, OwnShare},
};

/// Counts bills and amounts. *Shape*: paid and unpaid add up to the total, pending and approved to the bills.
pub(crate) async fn user_stats(service: &Service, call: &Call) -> Result<GetUserStatsResponse, Fault> {
    let user_id = call.caller.user()?.id;
    let room_ids = service.roster.rooms_of(user_id).await?;
    let own = {
        let mut conn = service.db.acquire().await?;
        lists::own_shares(&mut conn, user_id, &room_ids).await?
    };
    let is_approved = |share: &OwnShare| share.status == Status::Approved.as_str();
    let approved: Vec<_> = own.iter().filter(|share| is_approved(share)).map(|share| share.bill_id).collect();
    let sealed = service.expenses.shares(&approved).await?;
    let mut stats = GetUserStatsResponse::default();
    for share in &own {
        let known =
            sealed.get(&share.bill_id).and_then(|shares| shares.iter().find(|row| row.user_id == user_id));
        let unpaid = match known {
            Some(row) => row.debt_minor.saturating_sub(row.paid_minor),
            None => share.amount_minor.saturating_sub(share.laid_out_minor),
        };
        let unpaid = unpaid.clamp(0, share.amount_minor);
        let (pending, done) = if is_approved(share) { (0, 1) } else { (1, 0) };
        stats.total_bills = stats.total_bills.saturating_add(1);
        stats.pending_bills = stats.pending_bills.saturating_add(pending);
        stats.approved_bills = stats.approved_bills.saturating_add(done);
        stats.total_amount_minor = stats.total_amount_minor.saturating_add(share.amount_minor);
        stats.unpaid_amount_minor = stats.unpaid_amount_minor.saturating_add(unpaid);
    }
    stats.paid_amount_minor = stats.total_amount_minor.saturating_sub(stats.unpaid_amount_minor);
    Ok(stats)
}
