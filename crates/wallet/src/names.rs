//! Which id an account has, remembered.
//!
//! An account's name and id never change, so copies of the service need not agree on what they remember. What is in an
//! account is never remembered. The rule not to be broken: an id gets in here only after the commit that made it.

use std::fmt;

use moka::sync::Cache;

use crate::domain::Account;

/// Accounts that are remembered at most; about 100 bytes each.
const ACCOUNTS_MAX: u64 = 200_000;

/// Remembers the ids of accounts. Cheap to clone; clones share what they remember.
#[derive(Clone)]
pub(crate) struct Names(Cache<Account, i64>);

impl Names {
    /// Gives the id of an account, if it is remembered.
    pub(crate) fn get(&self, account: &Account) -> Option<i64> {
        self.0.get(account)
    }

    /// Remembers ids.
    pub(crate) fn put(&self, ids: impl IntoIterator<Item = (Account, i64)>) {
        for (account, id) in ids {
            self.0.insert(account, id);
        }
    }

    /// Forgets an account that is not where it was, as after a restore of the database.
    pub(crate) fn forget(&self, account: &Account) {
        self.0.invalidate(account);
    }
}

impl Default for Names {
    fn default() -> Self {
        Self(Cache::new(ACCOUNTS_MAX))
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").field("count", &self.0.entry_count()).finish()
    }
}
