//! Shows a wallet to its owner (001-E15), from a copy of at most five minutes if there is one.
//!
//! Read only. A copy is for display alone; debits read the ledger.

use fault::Fault;
use host::timestamp;
use identity::Caller;
use proto::wallet::v1::{ShowBalanceRequest, ShowBalanceResponse};

use super::rights;
use crate::{
    changes::{self, Shown},
    domain::{Account, Asset},
    service::Service,
    store::accounts,
};

/// Shows what a user has in CNY. *Errors*: `FORBIDDEN` for somebody else's wallet.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: &ShowBalanceRequest,
) -> Result<ShowBalanceResponse, Fault> {
    rights::himself_or_admin(caller, asked.user_id)?;
    let asset = Asset::Currency(money::Currency::CNY);
    let account = Account::user(asked.user_id, asset);
    let (shown, is_cached) = changes::show(&service.changes, account, read(service, account)).await?;
    Ok(ShowBalanceResponse {
        balance_minor: shown.balance_minor,
        available_minor: shown.available_minor(),
        held_minor: shown.held_minor,
        currency: asset.as_str().to_owned(),
        version: shown.version,
        changed_at: shown.changed_at.map(timestamp),
        is_frozen: shown.is_frozen,
        is_cached,
    })
}

async fn read(service: &Service, account: Account) -> Result<Shown, Fault> {
    let mut conn = service.db.acquire().await?;
    let holding = accounts::holding(&mut conn, account).await?.unwrap_or_default();
    Ok(Shown {
        balance_minor: holding.balance_minor,
        held_minor: holding.held_minor,
        version: holding.version,
        is_frozen: holding.is_frozen,
        changed_at: holding.changed_at,
    })
}
