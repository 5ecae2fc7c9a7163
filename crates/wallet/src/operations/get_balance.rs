//! Tells what a user has.
//!
//! Read only: an account that does not exist yet reads as zero and is not made. The rule not to be broken: to anybody
//! but its owner and an administrator every account looks like none.

use fault::Fault;
use identity::Caller;
use money::Currency;

use crate::{
    service::Service,
    store::accounts::{self, Holding},
};

/// Reads the balance of a user in one currency.
///
/// *Errors*: `NOT_FOUND` for an account of somebody else.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    user_id: i64,
    currency: Currency,
) -> Result<Holding, Fault> {
    let user = caller.user()?;
    if user.id != user_id && !user.is_admin() {
        return Err(Fault::not_found("account"));
    }
    if user_id <= 0 {
        return Err(Fault::validation("user_id", "must be the id of a user"));
    }
    let mut conn = service.db.acquire().await?;
    Ok(accounts::of_user(&mut conn, user_id, currency.as_str()).await?.unwrap_or_default())
}
