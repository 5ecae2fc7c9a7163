//! What this service can do: one verb, one file, from check to commit.
//!
//! Whatever moves money is an order of the `ledger`, which gathers orders into batches. The rule not to be broken:
//! nothing else writes transfers, entries, holds or balances.

mod batch;
pub(crate) mod check_ledger;
mod check_payment_password;
mod debits;
pub(crate) mod expire_holds;
pub(crate) mod freeze_account;
pub(crate) mod get_balance;
pub(crate) mod get_balance_at;
pub(crate) mod get_hold;
pub(crate) mod get_payment_password;
pub(crate) mod get_transfer;
pub(crate) mod hold_withdrawal;
pub(crate) mod ledger;
pub(crate) mod list_entries;
pub(crate) mod list_transactions;
pub(crate) mod pay;
pub(crate) mod place_hold;
pub(crate) mod post;
pub(crate) mod post_batch;
pub(crate) mod post_linked;
pub(crate) mod release_hold;
pub(crate) mod reset_payment_password;
mod rights;
pub(crate) mod set_payment_password;
pub(crate) mod settle_hold;
pub(crate) mod show_balance;
pub(crate) mod transfer;
