//! A walk over a batch: each step in its order, on the balances as the steps before left them.
//!
//! The rows were locked by whoever starts the walk and are written by him afterwards. A step that a rule forbids leaves
//! nothing behind; of a linked order neither do the steps before it. The rule not to be broken: what a step changes goes
//! through the journal, so that it can be taken back.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use fault::{Code, Fault};

use super::{
    Account, Allowance, Debit, Ending, Hold, HoldState, NewHold, NewTransfer, Note, Opened, Order, Outcome,
    Placed, Placement, Receipt, ReceiptLeg, Replies, Rest, Row, Settlement, Step, Transfer, Written, reused,
};

const BUSY_RETRY_SECONDS: u32 = 1;

/// What was done before under keys of this batch, each with the hash of its request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored {
    pub(crate) postings: HashMap<String, ([u8; 32], Receipt)>,
    pub(crate) placings: HashMap<String, ([u8; 32], Placed)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Locked,
    /// It has no row yet.
    New,
    /// Somebody else keeps it locked.
    Busy,
}

#[derive(Clone, Copy, Debug)]
struct Seat {
    row: Row,
    presence: Presence,
    is_touched: bool,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    hold: Hold,
    is_touched: bool,
}

/// What a change was made to, as it was before.
#[derive(Clone, Copy, Debug)]
enum Undo<'a> {
    Account(Account, Seat),
    Hold(i64, Held),
    Allowance(i64, Option<Allowance>),
    Posting(&'a str),
    Placing(&'a str),
}

/// Walks over the steps of one batch.
pub(crate) struct Walk<'a> {
    at: DateTime<Utc>,
    new_id: Box<dyn FnMut() -> i64 + Send>,
    stored: Stored,
    seats: HashMap<Account, Seat>,
    holds: HashMap<i64, Held>,
    /// By user.
    allowances: HashMap<i64, Allowance>,
    /// Keys that this walk used, with the places of what they made.
    posted: HashMap<&'a str, usize>,
    placed: HashMap<&'a str, usize>,
    written: Written<'a>,
    journal: Vec<Undo<'a>>,
}

impl<'a> Walk<'a> {
    /// Begins a walk at an instant; `new_id` makes ids of transfers and holds.
    pub(crate) fn new(at: DateTime<Utc>, stored: Stored, new_id: Box<dyn FnMut() -> i64 + Send>) -> Self {
        Self {
            at,
            new_id,
            stored,
            seats: HashMap::new(),
            holds: HashMap::new(),
            allowances: HashMap::new(),
            posted: HashMap::new(),
            placed: HashMap::new(),
            written: Written::default(),
            journal: Vec::new(),
        }
    }

    /// Brings an account whose row is locked.
    pub(crate) fn bring(&mut self, account: Account, row: Row) {
        self.seats.insert(account, Seat { row, presence: Presence::Locked, is_touched: false });
    }

    /// Brings an account that has no row, with the id that it would get.
    pub(crate) fn bring_new(&mut self, account: Account, id: i64) {
        let row = Row { id, ..Row::default() };
        self.seats.insert(account, Seat { row, presence: Presence::New, is_touched: false });
    }

    /// Brings an account that somebody else keeps locked: steps that touch it are refused with `LOCK_TIMEOUT`.
    pub(crate) fn bring_busy(&mut self, account: Account) {
        self.seats.insert(account, Seat { row: Row::default(), presence: Presence::Busy, is_touched: false });
    }

    /// Brings a hold; its account is brought too.
    pub(crate) fn bring_hold(&mut self, hold: Hold) {
        self.holds.insert(hold.id, Held { hold, is_touched: false });
    }

    /// Brings what is used of a user's day.
    pub(crate) fn bring_allowance(&mut self, user_id: i64, allowance: Allowance) {
        self.allowances.insert(user_id, allowance);
    }

    /// Carries an order out, as far as the rules let it.
    pub(crate) fn carry_out(&mut self, order: &'a Order) -> Replies {
        if !order.is_linked {
            return order.steps.iter().map(|step| self.unit(|walk| walk.step(step))).collect();
        }
        match self.unit(|walk| walk.linked(&order.steps)) {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            Err(fault) => vec![Err(fault)],
        }
    }

    /// Ends the walk and gives what is to be written.
    pub(crate) fn finish(self) -> Written<'a> {
        let mut written = self.written;
        for (account, seat) in self.seats.into_iter().filter(|(_, seat)| seat.is_touched) {
            if account.is_wallet() {
                written.wallets.push((account, seat.row));
            }
            if seat.presence == Presence::New {
                written.opened.push(Opened { account, row: seat.row });
            } else {
                written.changed.push(seat.row);
            }
        }
        let touched = self.holds.into_values().filter(|held| held.is_touched);
        written.changed_holds = touched.map(|held| held.hold).collect();
        written.changed.sort_unstable_by_key(|row| row.id);
        written.changed_holds.sort_unstable_by_key(|hold| hold.id);
        written
    }

    /// Does something whole or not at all.
    fn unit<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let (transfers, placed) = (self.written.transfers.len(), self.written.placed.len());
        let entries = self.written.entries.len();
        let result = run(self);
        if result.is_err() {
            while let Some(undo) = self.journal.pop() {
                self.take_back(undo);
            }
            self.written.transfers.truncate(transfers);
            self.written.placed.truncate(placed);
            self.written.entries.truncate(entries);
        }
        self.journal.clear();
        result
    }

    fn take_back(&mut self, undo: Undo<'a>) {
        match undo {
            Undo::Account(account, seat) => {
                self.seats.insert(account, seat);
            }
            Undo::Hold(id, held) => {
                self.holds.insert(id, held);
            }
            Undo::Allowance(user_id, before) => {
                match before {
                    Some(before) => self.written.allowances.insert(user_id, before),
                    None => self.written.allowances.remove(&user_id),
                };
            }
            Undo::Posting(key) => {
                self.posted.remove(key);
            }
            Undo::Placing(key) => {
                self.placed.remove(key);
            }
        }
    }

    /// Does all steps; either all of them were done before, or none was.
    fn linked(&mut self, steps: &'a [Step]) -> Result<Vec<Outcome>, Fault> {
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(steps.len());
        for (place, step) in steps.iter().enumerate() {
            let outcome = self.step(step).map_err(|fault| in_place(place, &fault))?;
            if outcomes.first().is_some_and(|first| first.is_replay() != outcome.is_replay()) {
                let detail = "idempotency_key: some of these transfers were posted before, but not together";
                return Err(Fault::new(Code::IdempotencyConflict, detail));
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    fn step(&mut self, step: &'a Step) -> Result<Outcome, Fault> {
        match step {
            Step::Transfer(transfer) => self.transfer(transfer),
            Step::Place(placement) => self.place(placement),
            Step::Settle(settlement) => self.settle(settlement),
            Step::End(ending) => self.end(*ending),
        }
    }

    fn transfer(&mut self, transfer: &'a Transfer) -> Result<Outcome, Fault> {
        let note = &transfer.note;
        if let Some(receipt) = self.posted_before(note)? {
            return Ok(Outcome::Posted { receipt, is_replay: true });
        }
        self.spend(transfer.debit.as_ref())?;
        let (id, first) = ((self.new_id)(), self.written.entries.len());
        for leg in &transfer.legs {
            let amount = leg.amount_minor;
            let row = self.change(leg.account, |row| row.pass(leg.account, amount))?;
            self.written.entries.push(leg.account, &row, id, amount);
        }
        Ok(self.posting(id, note, None, first))
    }

    fn place(&mut self, placement: &'a Placement) -> Result<Outcome, Fault> {
        let note = &placement.note;
        if let Some(placed) = self.placed_before(note)? {
            return Ok(Outcome::Placed { placed, is_replay: true });
        }
        if placement.expires_at <= self.at {
            return Err(Fault::validation("expires_at", "must lie in the future"));
        }
        self.spend(placement.debit.as_ref())?;
        let id = (self.new_id)();
        let row =
            self.change(placement.account, |row| row.hold(placement.account, placement.amount_minor))?;
        let (amount_minor, expires_at) = (placement.amount_minor, placement.expires_at);
        self.placed.insert(&note.key, self.written.placed.len());
        self.journal.push(Undo::Placing(&note.key));
        self.written.placed.push(NewHold { id, note, account_id: row.id, amount_minor, expires_at });
        Ok(Outcome::Placed { placed: Placed { hold_id: id, expires_at }, is_replay: false })
    }

    fn settle(&mut self, settlement: &'a Settlement) -> Result<Outcome, Fault> {
        let (note, from, to) = (&settlement.note, settlement.from, settlement.to);
        if let Some(receipt) = self.posted_before(note)? {
            return Ok(Outcome::Posted { receipt, is_replay: true });
        }
        let hold = self.open_hold(settlement.hold_id)?;
        if hold.expires_at <= self.at {
            return Err(Fault::conflict(format!("hold {} has expired", hold.id)));
        }
        let held = hold.held_minor();
        let amount = settlement.amount_minor.unwrap_or(held);
        if amount > held {
            let rule = format!("must be at most the {held} that hold {} still holds", hold.id);
            return Err(Fault::validation("amount_minor", rule));
        }
        let freed = if settlement.rest == Rest::Release { held } else { amount };
        let (id, first) = ((self.new_id)(), self.written.entries.len());
        let row = self.change(from, |row| row.settle(from, amount, freed))?;
        self.written.entries.push(from, &row, id, amount.saturating_neg());
        let row = self.change(to, |row| row.pass(to, amount))?;
        self.written.entries.push(to, &row, id, amount);
        let state = if freed == held { HoldState::Settled } else { HoldState::Open };
        self.set_hold(Hold { settled_minor: hold.settled_minor.saturating_add(amount), state, ..hold });
        Ok(self.posting(id, note, Some(hold.id), first))
    }

    fn end(&mut self, ending: Ending) -> Result<Outcome, Fault> {
        let hold = self.known_hold(ending.hold_id)?;
        let is_due = !ending.is_expiry || hold.expires_at <= self.at;
        match hold.state {
            HoldState::Open if is_due => {}
            HoldState::Settled if !ending.is_expiry => {
                return Err(Fault::conflict(format!("hold {} was settled", hold.id)));
            }
            _ => return Ok(Outcome::Ended { hold, is_replay: true }),
        }
        let freed = hold.held_minor();
        self.change(ending.account, |row| row.free(freed))?;
        let state = if ending.is_expiry { HoldState::Expired } else { HoldState::Released };
        let hold = Hold { state, ..hold };
        self.set_hold(hold);
        Ok(Outcome::Ended { hold, is_replay: false })
    }

    /// Uses the allowance of whoever asks for a debit himself.
    fn spend(&mut self, debit: Option<&Debit>) -> Result<(), Fault> {
        let Some(debit) = debit else { return Ok(()) };
        let before = self.written.allowances.get(&debit.user_id).copied();
        let brought = self.allowances.get(&debit.user_id).copied();
        let mut allowance = before.or(brought).unwrap_or_default();
        allowance.spend(debit, self.at)?;
        self.journal.push(Undo::Allowance(debit.user_id, before));
        self.written.allowances.insert(debit.user_id, allowance);
        Ok(())
    }

    /// Notes a transfer whose entries are written from `first` on.
    fn posting(&mut self, id: i64, note: &'a Note, hold_id: Option<i64>, first: usize) -> Outcome {
        let last_leg = self.written.entries.len();
        let transfer = NewTransfer { id, note, hold_id, first_leg: first.saturating_add(1), last_leg };
        self.posted.insert(&note.key, self.written.transfers.len());
        self.journal.push(Undo::Posting(&note.key));
        self.written.transfers.push(transfer);
        Outcome::Posted { receipt: self.receipt(transfer), is_replay: false }
    }

    fn receipt(&self, transfer: NewTransfer<'_>) -> Receipt {
        let entries = &self.written.entries;
        let legs = entries.number.iter().zip(&entries.balance_after_minor);
        let legs = legs
            .take(transfer.last_leg)
            .skip(transfer.first_leg.saturating_sub(1))
            .map(|(number, balance)| ReceiptLeg { entry_number: *number, balance_after_minor: *balance });
        Receipt { transfer_id: transfer.id, at: self.at, legs: legs.collect() }
    }

    /// Gives what was posted under this key before. *Errors*: `IDEMPOTENCY_CONFLICT` if it was something else.
    fn posted_before(&self, note: &Note) -> Result<Option<Receipt>, Fault> {
        let (hash, receipt) = if let Some((hash, receipt)) = self.stored.postings.get(&note.key) {
            (*hash, receipt.clone())
        } else {
            let place = self.posted.get(note.key.as_str());
            let Some(transfer) = place.and_then(|place| self.written.transfers.get(*place)) else {
                return Ok(None);
            };
            (transfer.note.hash, self.receipt(*transfer))
        };
        if hash == note.hash { Ok(Some(receipt)) } else { Err(reused(&note.key)) }
    }

    fn placed_before(&self, note: &Note) -> Result<Option<Placed>, Fault> {
        let (hash, placed) = if let Some(stored) = self.stored.placings.get(&note.key) {
            *stored
        } else {
            let place = self.placed.get(note.key.as_str());
            let Some(hold) = place.and_then(|place| self.written.placed.get(*place)) else {
                return Ok(None);
            };
            (hold.note.hash, Placed { hold_id: hold.id, expires_at: hold.expires_at })
        };
        if hash == note.hash { Ok(Some(placed)) } else { Err(reused(&note.key)) }
    }

    fn known_hold(&self, id: i64) -> Result<Hold, Fault> {
        self.holds.get(&id).map(|held| held.hold).ok_or_else(|| Fault::not_found("hold"))
    }

    fn open_hold(&self, id: i64) -> Result<Hold, Fault> {
        let hold = self.known_hold(id)?;
        match hold.state {
            HoldState::Open => Ok(hold),
            ended => Err(Fault::conflict(format!("hold {id} has ended: it is {}", ended.as_str()))),
        }
    }

    fn set_hold(&mut self, hold: Hold) {
        if let Some(before) = self.holds.insert(hold.id, Held { hold, is_touched: true }) {
            self.journal.push(Undo::Hold(hold.id, before));
        }
    }

    /// Changes an account's row, if the change is allowed, and gives it as it is then.
    fn change(
        &mut self,
        account: Account,
        change: impl FnOnce(&mut Row) -> Result<(), Fault>,
    ) -> Result<Row, Fault> {
        let seat = self.seats.get_mut(&account);
        let seat = seat.ok_or_else(|| Fault::internal(format!("{account} was not brought to the walk")))?;
        if seat.presence == Presence::Busy {
            let detail = format!("{account}: somebody else is working on this account; try again");
            return Err(Fault::new(Code::LockTimeout, detail).with_retry_after(BUSY_RETRY_SECONDS));
        }
        let mut row = seat.row;
        change(&mut row)?;
        row.version = row.version.saturating_add(1);
        self.journal.push(Undo::Account(account, *seat));
        seat.row = row;
        seat.is_touched = true;
        Ok(row)
    }
}

/// Says in which transfer of a linked order a fault lies.
fn in_place(place: usize, fault: &Fault) -> Fault {
    if fault.code().is_private() {
        return fault.clone();
    }
    let named = Fault::new(fault.code(), format!("transfers[{place}]: {}", fault.detail()));
    let named = match fault.field() {
        Some(field) => named.with_field(format!("transfers[{place}].{field}")),
        None => named,
    };
    fault.retry_after_seconds().into_iter().fold(named, Fault::with_retry_after)
}
