//! The ledger as plainly as can be: a map of balances, a list of holds, and what each key stands for.
//!
//! It knows nothing of batches, locks or tables, and nothing of the code it is compared with.

use std::collections::{BTreeMap, HashMap};

use fault::Code;
use proto::wallet::v1::{HoldState, Rest};

use super::{CHANNEL, Legs, Lines};

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Balance {
    pub(super) total: i64,
    pub(super) held: i64,
    pub(super) entries: i64,
    pub(super) is_frozen: bool,
}

#[derive(Clone, Debug)]
struct Hold {
    amount: i64,
    settled: i64,
    state: HoldState,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) accounts: BTreeMap<usize, Balance>,
    /// All of user 7.
    holds: Vec<Hold>,
    posted: HashMap<String, (String, Lines)>,
    placed: HashMap<String, (i64, usize)>,
}

impl Model {
    pub(super) fn transfer(&mut self, key: &str, legs: &Legs) -> Result<(Lines, bool), Code> {
        let content = format!("{legs:?}");
        if let Some((known, lines)) = self.posted.get(key) {
            return if *known == content {
                Ok((lines.clone(), true))
            } else {
                Err(Code::IdempotencyConflict)
            };
        }
        let before = self.accounts.clone();
        let mut lines = Vec::new();
        for (place, amount) in legs {
            let account = self.accounts.entry(*place).or_default();
            let refusal = match *amount {
                amount if amount > 0 => None,
                _ if account.is_frozen => Some(Code::AccountFrozen),
                amount if *place != CHANNEL && account.total - account.held + amount < 0 => {
                    Some(Code::InsufficientBalance)
                }
                _ => None,
            };
            if let Some(code) = refusal {
                self.accounts = before;
                return Err(code);
            }
            account.total += amount;
            account.entries += 1;
            lines.push((account.entries, account.total));
        }
        self.posted.insert(key.to_owned(), (content, lines.clone()));
        Ok((lines, false))
    }

    pub(super) fn linked(&mut self, transfers: &[(String, Legs)]) -> Result<Vec<Lines>, Code> {
        let before = self.clone();
        let mut first = None;
        let done = transfers.iter().map(|(key, legs)| {
            let (lines, is_replay) = self.transfer(key, legs)?;
            let is_like_the_first = *first.get_or_insert(is_replay) == is_replay;
            if is_like_the_first { Ok(lines) } else { Err(Code::IdempotencyConflict) }
        });
        let done: Result<Vec<_>, Code> = done.collect();
        if done.is_err() {
            *self = before;
        }
        done
    }

    pub(super) fn place(&mut self, key: &str, amount: i64) -> Result<usize, Code> {
        if let Some((known, hold)) = self.placed.get(key) {
            return if *known == amount { Ok(*hold) } else { Err(Code::IdempotencyConflict) };
        }
        let Some(account) = self.accounts.get_mut(&0) else { return Err(Code::InsufficientBalance) };
        if account.is_frozen {
            return Err(Code::AccountFrozen);
        }
        if account.total - account.held < amount {
            return Err(Code::InsufficientBalance);
        }
        account.held += amount;
        self.holds.push(Hold { amount, settled: 0, state: HoldState::Open });
        self.placed.insert(key.to_owned(), (amount, self.holds.len() - 1));
        Ok(self.holds.len() - 1)
    }

    pub(super) fn settle(&mut self, key: &str, place: usize, amount: i64, rest: Rest) -> Result<Lines, Code> {
        let content = format!("{place} {amount} {rest:?}");
        if let Some((known, lines)) = self.posted.get(key) {
            return if *known == content { Ok(lines.clone()) } else { Err(Code::IdempotencyConflict) };
        }
        let hold = &mut self.holds[place];
        let held = hold.amount - hold.settled;
        let wanted = if amount == 0 { held } else { amount };
        match hold.state {
            HoldState::Open if wanted > held => return Err(Code::ValidationError),
            HoldState::Open => {}
            _ => return Err(Code::StateConflict),
        }
        let freed = if rest == Rest::Release { held } else { wanted };
        hold.settled += wanted;
        if freed == held {
            hold.state = HoldState::Settled;
        }
        let mut lines = Vec::new();
        self.accounts.get_mut(&0).unwrap().held -= freed;
        for (place, amount) in [(0, -wanted), (CHANNEL, wanted)] {
            let account = self.accounts.entry(place).or_default();
            account.total += amount;
            account.entries += 1;
            lines.push((account.entries, account.total));
        }
        self.posted.insert(key.to_owned(), (content, lines.clone()));
        Ok(lines)
    }

    pub(super) fn release(&mut self, place: usize) -> Result<(), Code> {
        let hold = &mut self.holds[place];
        match hold.state {
            HoldState::Open => {
                hold.state = HoldState::Released;
                self.accounts.get_mut(&0).unwrap().held -= hold.amount - hold.settled;
                Ok(())
            }
            HoldState::Settled => Err(Code::StateConflict),
            _ => Ok(()),
        }
    }
}
