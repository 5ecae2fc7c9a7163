//! Who may look into which account.
//!
//! Which method somebody may call stands in the access table. The rule not to be broken: to anybody but its owner, an
//! administrator and the services that move money every account looks like none.

use fault::Fault;
use identity::Caller;

use crate::domain::{Account, Holder};

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
