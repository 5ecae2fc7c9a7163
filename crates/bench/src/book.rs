//! What is sent to the ledger: accounts, their first money, and transfers between them.
//!
//! Users 1 to n have one account each. How transfers are sent lives in `caller`. The rule not to be broken: no two
//! transfers have the same key, unless a caller asks for the same thing again.

use anyhow::{Result, bail, ensure};
use proto::wallet::v1::{Account, AccountKind, Leg, NewTransfer, PostBatchResponse, post_result::Outcome};

use crate::caller::Caller;

/// How many accounts a benchmark has.
pub(crate) const ACCOUNTS: u32 = 1_000;
/// What each gets at first, in fen: nobody spends all of it.
pub(crate) const FIRST_MINOR: i64 = 1_000_000_000_000;
/// Transfers of one call at most.
pub(crate) const BATCH: usize = 100;

const CURRENCY: &str = "CNY";

/// Which accounts a transfer moves between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    /// Any two.
    Uniform,
    /// The first one and any other, in both directions.
    Hot,
}

/// Makes transfers: each one new, of a small amount between two users.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    name: String,
    written: u64,
    accounts: u32,
    pick: Pick,
    dice: Dice,
}

impl Writer {
    /// Begins under a name that no other writer of the run has. Its keys grow with time, as those of our own services
    /// do, which are made of the numbers of payments and bills.
    pub(crate) fn new(name: String, accounts: u32, pick: Pick) -> Self {
        let dice = Dice::new(&name);
        Self { name, written: 0, accounts, pick, dice }
    }

    /// Writes the next transfer.
    pub(crate) fn next(&mut self) -> NewTransfer {
        self.written = self.written.wrapping_add(1);
        let (from, to) = self.pair();
        let amount_minor = i64::from(self.dice.below(100)).saturating_add(1);
        NewTransfer {
            idempotency_key: format!("{}-{:010}", self.name, self.written),
            kind: "transfer".to_owned(),
            legs: vec![leg(user(from), -amount_minor), leg(user(to), amount_minor)],
            reference: "bench".to_owned(),
            memo: String::new(),
        }
    }

    fn pair(&mut self) -> (u32, u32) {
        let first = match self.pick {
            Pick::Uniform => self.dice.below(self.accounts),
            Pick::Hot => 0,
        };
        let step = self.dice.below(self.accounts.saturating_sub(1)).saturating_add(1);
        let second = first.saturating_add(step) % self.accounts.max(1);
        let (first, second) = (first.saturating_add(1), second.saturating_add(1));
        if self.dice.below(2) == 0 { (first, second) } else { (second, first) }
    }
}

/// Chance that costs nothing: the same sequence for the same name.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Begins a sequence.
    pub(crate) fn new(name: &str) -> Self {
        let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed | 1)
    }

    /// Gives a number from 0 to `end - 1`; 0 if there is none.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let high = (self.0 >> 32).wrapping_mul(u64::from(end)) >> 32;
        u32::try_from(high).unwrap_or_default()
    }
}

/// Names the account of a user.
pub(crate) fn user(number: u32) -> Account {
    Account { kind: AccountKind::User.into(), owner: number.to_string(), asset: CURRENCY.to_owned() }
}

/// Names the account from which first money comes.
pub(crate) fn source() -> Account {
    Account { kind: AccountKind::Channel.into(), owner: "alipay".to_owned(), asset: CURRENCY.to_owned() }
}

fn leg(account: Account, amount_minor: i64) -> Leg {
    Leg { account: Some(account), amount_minor }
}

/// Gives every user of a list his first money. *Idempotent* by the user.
pub(crate) async fn fund(caller: &mut Caller, users: &[i64]) -> Result<()> {
    for users in users.chunks(BATCH) {
        let transfers = users.iter().map(|id| NewTransfer {
            idempotency_key: format!("first-{id}"),
            kind: "recharge".to_owned(),
            legs: vec![leg(source(), -FIRST_MINOR), leg(owner(*id), FIRST_MINOR)],
            reference: "bench".to_owned(),
            memo: String::new(),
        });
        let transfers: Vec<NewTransfer> = transfers.collect();
        all_posted(&caller.post_batch(transfers).await?, users.len())?;
    }
    Ok(())
}

fn owner(id: i64) -> Account {
    Account { owner: id.to_string(), ..user(0) }
}

/// Passes an answer in which every transfer has its receipt. *Errors*: names the first refusal.
pub(crate) fn all_posted(answer: &PostBatchResponse, expected: usize) -> Result<()> {
    ensure!(answer.results.len() == expected, "{} answers to {expected} transfers", answer.results.len());
    for result in &answer.results {
        match &result.outcome {
            Some(Outcome::Receipt(_)) => {}
            Some(Outcome::Refusal(refusal)) => bail!("refused: {}: {}", refusal.code, refusal.detail),
            None => bail!("a transfer was not answered"),
        }
    }
    Ok(())
}
