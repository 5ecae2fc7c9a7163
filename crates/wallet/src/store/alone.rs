//! One transfer in one statement, for when nobody else waits.
//!
//! The rules stand in the function `post_alone`, next to the tables. The rule not to be broken: where it writes nothing
//! it says nothing; why not is found out by the long way.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::transfers::names;
use crate::domain::{Account, Receipt, ReceiptLeg, Row, Transfer};

/// What was posted, and the wallets of users as they are then.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) receipt: Receipt,
    pub(crate) wallets: Vec<(Account, Row)>,
}

/// Posts a transfer between accounts that exist, in the order of its legs; none if it cannot be posted this way.
///
/// *Errors*: after `SERVICE_UNAVAILABLE` it is unknown whether it was posted.
pub(crate) async fn post(
    conn: &mut PgConnection,
    id: i64,
    transfer: &Transfer,
    account_ids: &[i64],
    at: DateTime<Utc>,
) -> Result<Option<Posted>, Fault> {
    let note = &transfer.note;
    let assets = names(transfer.legs.iter().map(|leg| leg.account.asset));
    let amounts: Vec<i64> = transfer.legs.iter().map(|leg| leg.amount_minor).collect();
    let posted = sqlx::query!(
        r#"select posted_at as "at!", numbers as "numbers!", balances as "balances!",
                helds as "helds!", versions as "versions!"
         from post_alone($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"#,
        id,
        note.kind,
        note.key,
        note.hash.as_slice(),
        note.reference,
        note.memo,
        note.actor,
        at,
        &assets as _,
        account_ids,
        &amounts,
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    Ok(posted.map(|posted| {
        let states = posted.balances.iter().zip(&posted.helds).zip(&posted.versions);
        let wallets = transfer.legs.iter().zip(states).filter(|(leg, _)| leg.account.is_wallet());
        let wallets = wallets.map(|(leg, ((balance, held), version))| {
            let row = Row { balance_minor: *balance, held_minor: *held, version: *version, ..Row::default() };
            (leg.account, row)
        });
        let wallets = wallets.collect();
        let legs = posted.numbers.into_iter().zip(posted.balances);
        let legs =
            legs.map(|(number, balance)| ReceiptLeg { entry_number: number, balance_after_minor: balance });
        let receipt = Receipt { transfer_id: id, at: posted.at, legs: legs.collect() };
        Posted { receipt, wallets }
    }))
}
