//! The ledger as plainly as can be: a map of balances, a map of holds, and what each key stands for.
//!
//! It knows nothing of batches, locks or tables, and nothing of the code it is compared with.

use std::collections::{BTreeMap, HashMap};

use fault::Code;
use proto::wallet::v1::{HoldState, Rest};

use super::asked::{Asked, Legs, Lines, Order, Placing, Posted, Settling, Told, is_channel, is_first_asset};

const LARGEST: i64 = 1_000_000_000_000_000;
const MINUTES_MAX: i64 = 366 * 24 * 60;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Balance {
    pub(super) total: i64,
    pub(super) held: i64,
    pub(super) entries: i64,
    pub(super) version: i64,
    pub(super) is_frozen: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hold {
    pub(super) place: usize,
    pub(super) amount: i64,
    pub(super) settled: i64,
    pub(super) state: HoldState,
    ends: i64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// In minutes after the beginning.
    pub(super) now: i64,
    pub(super) accounts: BTreeMap<usize, Balance>,
    pub(super) holds: BTreeMap<String, Hold>,
    /// For each account what came or went, and the balance after it.
    pub(super) statements: BTreeMap<usize, Lines>,
    posted: HashMap<String, (String, Lines)>,
    placed: HashMap<String, Placing>,
}

impl Model {
    pub(super) fn ask(&mut self, asked: &Asked) -> Told {
        match asked {
            Asked::Post(order) => Told::Posted(vec![self.transfer(order)]),
            Asked::Batch(orders) => Told::Posted(orders.iter().map(|order| self.transfer(order)).collect()),
            Asked::Linked(orders) => Told::Linked(self.linked(orders)),
            Asked::Place(placing) => Told::Placed(self.place(placing)),
            Asked::Settle(settling) => Told::Posted(vec![self.settle(settling)]),
            Asked::Release(hold) => Told::Ended(self.release(hold)),
            Asked::Freeze(place, is_frozen) => Told::Frozen(self.freeze(*place, *is_frozen)),
        }
    }

    /// Ends what is due and tells how many that were.
    pub(super) fn sweep(&mut self) -> usize {
        let due = |hold: &&mut Hold| hold.state == HoldState::Open && hold.ends <= self.now;
        let mut ended = 0;
        for hold in self.holds.values_mut().filter(due) {
            hold.state = HoldState::Expired;
            let account = self.accounts.get_mut(&hold.place).unwrap();
            account.held -= hold.amount - hold.settled;
            account.version += 1;
            ended += 1;
        }
        ended
    }

    fn transfer(&mut self, order: &Order) -> Posted {
        if !is_possible(&order.legs) {
            return Err(Code::ValidationError);
        }
        let content = format!("{:?}", order.legs);
        if let Some(before) = self.posted_before(&order.key, &content) {
            return before;
        }
        for (place, amount) in order.legs.iter().filter(|(_, amount)| *amount < 0) {
            self.may_spend(*place, -amount)?;
        }
        Ok((self.post(&order.key, content, &order.legs), false))
    }

    fn linked(&mut self, orders: &[Order]) -> Result<(Vec<Lines>, bool), Code> {
        if !orders.iter().all(|order| is_possible(&order.legs)) {
            return Err(Code::ValidationError);
        }
        let before = self.clone();
        let mut first = None;
        let done = orders.iter().map(|order| {
            let (lines, is_replay) = self.transfer(order)?;
            let is_like_the_first = *first.get_or_insert(is_replay) == is_replay;
            if is_like_the_first { Ok(lines) } else { Err(Code::IdempotencyConflict) }
        });
        match done.collect::<Result<Vec<_>, Code>>() {
            Ok(lines) => Ok((lines, first.unwrap())),
            Err(code) => {
                *self = before;
                Err(code)
            }
        }
    }

    fn place(&mut self, placing: &Placing) -> Result<bool, Code> {
        let Placing { key, place, amount, ends } = placing;
        if is_channel(*place) || *amount < 1 || *ends > self.now + MINUTES_MAX {
            return Err(Code::ValidationError);
        }
        if let Some(known) = self.placed.get(key) {
            return if known == placing { Ok(true) } else { Err(Code::IdempotencyConflict) };
        }
        if *ends <= self.now {
            return Err(Code::ValidationError);
        }
        self.may_spend(*place, *amount)?;
        let account = self.accounts.get_mut(place).unwrap();
        account.held += amount;
        account.version += 1;
        let hold = Hold { place: *place, amount: *amount, settled: 0, state: HoldState::Open, ends: *ends };
        self.holds.insert(key.clone(), hold);
        self.placed.insert(key.clone(), placing.clone());
        Ok(false)
    }

    fn settle(&mut self, settling: &Settling) -> Posted {
        let Some(hold) = self.holds.get(&settling.hold).cloned() else { return Err(Code::NotFound) };
        let is_another = settling.to != hold.place;
        if !is_another || is_first_asset(settling.to) != is_first_asset(hold.place) || settling.amount < 0 {
            return Err(Code::ValidationError);
        }
        let content = format!("{} {} {} {:?}", settling.hold, settling.amount, settling.to, settling.rest);
        if let Some(before) = self.posted_before(&settling.key, &content) {
            return before;
        }
        if hold.state != HoldState::Open || hold.ends <= self.now {
            return Err(Code::StateConflict);
        }
        let held = hold.amount - hold.settled;
        let wanted = if settling.amount == 0 { held } else { settling.amount };
        if wanted > held {
            return Err(Code::ValidationError);
        }
        let freed = if settling.rest == Rest::Release { held } else { wanted };
        let known = self.holds.get_mut(&settling.hold).unwrap();
        known.settled += wanted;
        if freed == held {
            known.state = HoldState::Settled;
        }
        self.accounts.get_mut(&hold.place).unwrap().held -= freed;
        let legs = vec![(hold.place, -wanted), (settling.to, wanted)];
        Ok((self.post(&settling.key, content, &legs), false))
    }

    fn release(&mut self, key: &str) -> Result<(HoldState, i64, bool), Code> {
        let Some(hold) = self.holds.get_mut(key) else { return Err(Code::NotFound) };
        match hold.state {
            HoldState::Open => {
                hold.state = HoldState::Released;
                let account = self.accounts.get_mut(&hold.place).unwrap();
                account.held -= hold.amount - hold.settled;
                account.version += 1;
                Ok((hold.state, hold.settled, false))
            }
            HoldState::Settled => Err(Code::StateConflict),
            _ => Ok((hold.state, hold.settled, true)),
        }
    }

    fn freeze(&mut self, place: usize, is_frozen: bool) -> Result<(), Code> {
        if is_channel(place) {
            return Err(Code::ValidationError);
        }
        let Some(account) = self.accounts.get_mut(&place) else { return Err(Code::NotFound) };
        if account.is_frozen != is_frozen {
            account.is_frozen = is_frozen;
            account.version += 1;
        }
        Ok(())
    }

    fn posted_before(&self, key: &str, content: &str) -> Option<Posted> {
        let (known, lines) = self.posted.get(key)?;
        Some(if known == content { Ok((lines.clone(), true)) } else { Err(Code::IdempotencyConflict) })
    }

    fn may_spend(&self, place: usize, amount: i64) -> Result<(), Code> {
        let account = self.accounts.get(&place).cloned().unwrap_or_default();
        if account.is_frozen {
            return Err(Code::AccountFrozen);
        }
        let is_enough = is_channel(place) || account.total - account.held >= amount;
        if is_enough { Ok(()) } else { Err(Code::InsufficientBalance) }
    }

    fn post(&mut self, key: &str, content: String, legs: &Legs) -> Lines {
        let mut lines = Lines::new();
        for (place, amount) in legs {
            let account = self.accounts.entry(*place).or_default();
            account.total += amount;
            account.entries += 1;
            account.version += 1;
            lines.push((account.entries, account.total));
            self.statements.entry(*place).or_default().push((*amount, account.total));
        }
        self.posted.insert(key.to_owned(), (content, lines.clone()));
        lines
    }
}

/// Two legs or more, none of them nothing or too much, no account twice, nothing left over in either asset.
fn is_possible(legs: &Legs) -> bool {
    let is_amount = |amount: i64| (1..=LARGEST).contains(&amount) || (-LARGEST..=-1).contains(&amount);
    let mut places: Vec<usize> = legs.iter().map(|(place, _)| *place).collect();
    places.sort_unstable();
    let sum = |is_wanted: bool| {
        let legs = legs.iter().filter(|(place, _)| is_first_asset(*place) == is_wanted);
        legs.map(|(_, amount)| i128::from(*amount)).sum::<i128>()
    };
    legs.len() >= 2
        && legs.iter().all(|(_, amount)| is_amount(*amount))
        && places.windows(2).all(|pair| pair[0] != pair[1])
        && sum(true) == 0
        && sum(false) == 0
}
