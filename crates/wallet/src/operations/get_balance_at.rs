//! Tells what an account held at an instant.
//!
//! Read only. An instant before the first entry, or an account that does not exist yet, reads as zero.

use fault::Fault;
use identity::Caller;
use proto::wallet::v1::{GetBalanceAtRequest, GetBalanceAtResponse};

use super::rights;
use crate::{service::Service, store::entries, wire};

/// Reads the balance after the last entry at or before an instant.
///
/// *Errors*: `NOT_FOUND` for an account of somebody else; validation of `account` and `at`.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: &GetBalanceAtRequest,
) -> Result<GetBalanceAtResponse, Fault> {
    let account = wire::account("account", asked.account.as_ref())?;
    rights::may_read(caller, account)?;
    let at = asked.at.as_ref().and_then(host::instant);
    let at = at.ok_or_else(|| Fault::validation("at", "must be an instant"))?;
    let mut conn = service.db.acquire().await?;
    let (entry_number, balance_minor) = entries::last_at(&mut conn, account, at).await?.unwrap_or_default();
    Ok(GetBalanceAtResponse { balance_minor, entry_number })
}
