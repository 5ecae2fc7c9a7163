//! Who may look into which account.
//!
//! Which method somebody may call stands in the access table. The rule not to be broken: to anybody but its owner, an
//! administrator and the services that move money every account looks like none.

use fault::Fault;
use identity::Caller;

use crate::domain::{Account, Holder};

/// Passes the user himself. *Errors*: `FORBIDDEN` (contract section 7).
pub(super) fn himself(caller: &Caller, user_id: i64) -> Result<(), Fault> {
    if caller.user()?.id == user_id {
        Ok(())
    } else {
        Err(Fault::forbidden("only for the wallet's own user"))
    }
}

/// Passes the user himself or an administrator. *Errors*: `FORBIDDEN` (contract section 7).
pub(super) fn himself_or_admin(caller: &Caller, user_id: i64) -> Result<(), Fault> {
    if caller.user()?.is_admin() { Ok(()) } else { himself(caller, user_id) }
}

/// Passes whoever may read an account. A service that brings a user's token reads what that user may.
///
/// *Errors*: `NOT_FOUND` for an account of somebody else.
pub(super) fn may_read(caller: &Caller, account: Account) -> Result<(), Fault> {
    let is_allowed = match &caller.user {
        Some(user) => user.is_admin() || account.holder == Holder::User(user.id),
        None => caller.via.is_some(),
    };
    if is_allowed { Ok(()) } else { Err(Fault::not_found("account")) }
}
