//! Tells what a user has.
//!
//! Read only: an account that does not exist yet reads as zero and is not made. The rule not to be broken: a balance is
//! read from its row, never remembered.

use fault::Fault;
use identity::Caller;

use super::rights;
use crate::{
    domain::{Account, Asset},
    service::Service,
    store::accounts::{self, Holding},
};

/// Reads the balance of a user in one asset.
///
/// *Errors*: `NOT_FOUND` for an account of somebody else.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    user_id: i64,
    asset: Asset,
) -> Result<Holding, Fault> {
    let account = Account::user(user_id, asset);
    rights::may_read(caller, account)?;
    if user_id <= 0 {
        return Err(Fault::validation("user_id", "must be the id of a user"));
    }
    let mut conn = service.db.acquire().await?;
    Ok(accounts::holding(&mut conn, account).await?.unwrap_or_default())
}
