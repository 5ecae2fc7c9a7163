//! Reminds everybody who still owes a share of an approved bill, of his own share, at most once a day.

use fault::Fault;
use proto::{bill::v1::RemindUnpaidResponse, expense::v1::BillShare};

use super::stories;
use crate::{
    service::Service,
    store::{bills::Row, reminders},
    wire,
};

/// How many bills are looked at together.
const BATCH: i64 = 100;
/// A run ends after this many bills; the next one begins anew.
const BILLS_MAX: usize = 1_000_000;

/// Reminds. *Idempotent*: by bill, person and day.
pub(crate) async fn remind_unpaid(service: &Service) -> Result<RemindUnpaidResponse, Fault> {
    let (mut after, mut sent, mut seen) = (0, 0_i64, 0_usize);
    while seen < BILLS_MAX {
        let rows = {
            let mut conn = service.db.acquire().await?;
            reminders::approved_after(&mut conn, after, BATCH).await?
        };
        let Some(last) = rows.last() else { break };
        after = last.id;
        seen = seen.saturating_add(rows.len());
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let shares = service.expenses.shares(&ids).await?;
        for row in &rows {
            let shares = shares.get(&row.id).map_or(&[][..], Vec::as_slice);
            sent = sent.saturating_add(remind(service, row, shares).await?);
        }
    }
    Ok(RemindUnpaidResponse { reminders_sent: sent })
}

async fn remind(service: &Service, row: &Row, shares: &[BillShare]) -> Result<i64, Fault> {
    let owes = |share: &&BillShare| share.paid_minor < share.debt_minor && !share.is_frozen;
    let debtors: Vec<_> = shares.iter().filter(owes).collect();
    if debtors.is_empty() {
        return Ok(0);
    }
    let members = match service.roster.members(row.room_id).await {
        Err(fault) if fault.code() == fault::Code::NotFound => return Ok(0),
        members => members?,
    };
    let user_ids: Vec<_> = debtors.iter().map(|share| share.user_id).collect();
    let mut tx = service.db.begin().await?;
    let fresh = reminders::note(&mut tx, row.id, &user_ids, service.today()).await?;
    let debtors: Vec<_> = debtors.into_iter().filter(|share| fresh.contains(&share.user_id)).collect();
    if !debtors.is_empty() {
        let bill = wire::bill(row, None, service.today());
        stories::reminded(&bill, &members, &debtors, service.clock.now()).send(&mut tx, row.room_id).await?;
    }
    tx.commit().await?;
    Ok(i64::try_from(debtors.len()).unwrap_or(i64::MAX))
}
