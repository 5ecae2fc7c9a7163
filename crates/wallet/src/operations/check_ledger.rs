//! Proves the books: what must hold at any instant, asked of the tables in one snapshot.
//!
//! Read only, beside live traffic. The rule not to be broken: all questions are about the same instant.

use durable::Database;
use fault::Fault;

use crate::store::checks::{self, Sizes};

/// One rule, and how often it is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which invariant it belongs to, such as `I2`.
    pub name: &'static str,
    /// The rule in words.
    pub rule: &'static str,
    /// Places where it does not hold.
    pub broken: i64,
}

/// What a check of the whole ledger found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Every rule, in a fixed order; never empty.
    pub checks: Vec<Check>,
    /// How many accounts there are.
    pub accounts: i64,
    /// How many transfers there are.
    pub transfers: i64,
    /// How many entries there are.
    pub entries: i64,
    /// How many holds there are.
    pub holds: i64,
}

impl Proof {
    /// Tells whether no rule is broken.
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(|check| check.broken == 0)
    }
}

/// Asks all questions of a wallet database. *Errors*: when one could not be asked.
pub async fn run(db: &Database) -> Result<Proof, Fault> {
    let mut tx = db.begin().await?;
    checks::snapshot(&mut tx).await?;
    let Sizes { accounts, transfers, entries, holds } = checks::sizes(&mut tx).await?;
    let check = |name, rule, broken| Check { name, rule, broken };
    let found = vec![
        check(
            "I1",
            "the entries of each transfer add up to zero for each asset",
            checks::unbalanced_transfers(&mut tx).await?,
        ),
        check(
            "I1",
            "each leg of a transfer is an entry, and each entry a leg",
            checks::legs_unlike_entries(&mut tx).await?,
        ),
        check(
            "I2",
            "the whole book adds up to zero for each asset",
            checks::unbalanced_assets(&mut tx).await?,
        ),
        check("I3", "a balance is the sum of its entries", checks::balances_unlike_entries(&mut tx).await?),
        check("I4", "nobody is overdrawn or holds more than he has", checks::overdrafts(&mut tx).await?),
        check("I4", "what is held is the sum of the open holds", checks::held_unlike_holds(&mut tx).await?),
        check(
            "holds",
            "what was settled of a hold was taken from its account",
            checks::settled_unlike_transfers(&mut tx).await?,
        ),
        check("numbers", "entries are numbered without gaps", checks::numbers_with_gaps(&mut tx).await?),
        check(
            "chain",
            "each entry goes on from the balance and time before it",
            checks::broken_chains(&mut tx).await?,
        ),
    ];
    tx.rollback().await?;
    Ok(Proof { checks: found, accounts, transfers, entries, holds })
}
