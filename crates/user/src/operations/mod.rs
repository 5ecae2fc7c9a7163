//! What this service can do: one verb, one file, from check to commit.
//!
//! Each takes the service, the call and the message. The rule not to be broken: whatever is slow, such as a password
//! hash or a file, is done before the transaction begins.

mod begin_session;
pub(crate) mod bootstrap;
pub(crate) mod change_password;
pub(crate) mod check_own_password;
pub(crate) mod check_password;
pub(crate) mod check_sessions;
pub(crate) mod find_users;
pub(crate) mod get_growth;
pub(crate) mod get_me;
pub(crate) mod get_upload;
pub(crate) mod grant_membership;
pub(crate) mod list_notifications;
pub(crate) mod list_users;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod membership;
pub(crate) mod notify;
pub(crate) mod purge;
pub(crate) mod read_notification;
pub(crate) mod refresh;
pub(crate) mod register;
pub(crate) mod return_membership;
pub(crate) mod set_disabled;
pub(crate) mod set_role;
pub(crate) mod take_back_membership;
pub(crate) mod update_me;
pub(crate) mod upload;
