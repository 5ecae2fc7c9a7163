//! What this service can do: one verb, one file, from check to commit.

pub(crate) mod get_balance;
