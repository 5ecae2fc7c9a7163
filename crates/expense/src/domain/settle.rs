//! How a room gets even in one currency with the fewest transfers.
//!
//! People whose balances add up to zero among themselves need one transfer less than they are; so the most
//! such groups give the fewest transfers. Up to [`PROVEN_PEOPLE_MAX`] people that number of groups is found
//! exactly, over all subsets; above, by a heuristic that says so. The rule not to be broken: after the
//! transfers every balance is zero, and the same balances always give the same plan.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use fault::Fault;
use money::Minor;

use super::{Part, Transfer};

/// The most people with an open balance for whom the plan is proven to have the fewest transfers.
pub const PROVEN_PEOPLE_MAX: usize = 16;

/// How sure a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// No plan has fewer transfers.
    ProvenMinimal,
    /// A good plan; one with fewer transfers may exist.
    Heuristic,
}

impl Method {
    /// Gives the name used in answers (contract section 11).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProvenMinimal => "proven_minimal",
            Self::Heuristic => "heuristic",
        }
    }
}

/// The transfers after which everybody is even.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How sure it is that there are no fewer.
    pub method: Method,
    /// Sorted by giver, then taker.
    pub transfers: Vec<Transfer>,
}

/// Plans the transfers that bring all balances of one currency to zero.
///
/// `balances` are `paid - owed`, above zero when money is due to the person; zeros are ignored.
/// *Errors*: an internal fault when the balances do not add up to zero.
pub fn plan(balances: &[Part]) -> Result<Plan, Fault> {
    if !Minor::sum(balances.iter().map(|balance| balance.amount)).is_some_and(Minor::is_zero) {
        return Err(Fault::internal("the balances to settle do not add up to zero"));
    }
    let mut people: Vec<Part> =
        balances.iter().copied().filter(|balance| !balance.amount.is_zero()).collect();
    people.sort_unstable();
    let mut transfers = Vec::new();
    let method = if people.len() <= PROVEN_PEOPLE_MAX {
        settle_proven(&people, &mut transfers);
        Method::ProvenMinimal
    } else {
        settle_many(people, &mut transfers);
        Method::Heuristic
    };
    transfers.sort_unstable();
    Ok(Plan { method, transfers })
}

/// Settles at most [`PROVEN_PEOPLE_MAX`] people with the fewest transfers.
fn settle_proven(people: &[Part], transfers: &mut Vec<Transfer>) {
    for group in most_groups(people) {
        let mut open = Open::of(&group);
        while let Some(transfer) = open.step() {
            transfers.push(transfer);
        }
    }
}

/// Cuts people into the largest possible number of groups whose balances add up to zero.
///
/// `groups[set]` is the largest number of sets that add up to zero which can be passed through while `set` is
/// filled one person at a time. Filling the whole set along a best way, each time the sum is zero a group is
/// complete. For 16 people these are 65,536 sets with at most 16 ways into each.
fn most_groups(people: &[Part]) -> Vec<Vec<Part>> {
    let sets = 1_usize << people.len();
    let mut sums = vec![0_i128; sets];
    let mut groups = vec![0_u8; sets];
    for set in 1..sets {
        let without_first = set & (set - 1);
        let first = people.get(index(set.trailing_zeros()));
        let balance = first.map_or(0, |person| i128::from(person.amount.get()));
        let sum = sums.get(without_first).copied().unwrap_or_default() + balance;
        let (_, best) = best_way_into(set, &groups);
        if let (Some(sum_place), Some(group_place)) = (sums.get_mut(set), groups.get_mut(set)) {
            *sum_place = sum;
            *group_place = best + u8::from(sum == 0);
        }
    }
    let mut found = Vec::new();
    let mut group = Vec::new();
    let mut set = sets - 1;
    while set != 0 {
        if sums.get(set) == Some(&0) && !group.is_empty() {
            found.push(std::mem::take(&mut group));
        }
        let (last, _) = best_way_into(set, &groups);
        group.extend(people.get(last).copied());
        set &= !(1 << last);
    }
    if !group.is_empty() {
        found.push(group);
    }
    found
}

/// Finds the person to be added last on a best way to fill a set, and the groups completed before.
fn best_way_into(set: usize, groups: &[u8]) -> (usize, u8) {
    let mut best = (0, 0);
    let mut rest = set;
    let mut is_first = true;
    while rest != 0 {
        let person = index(rest.trailing_zeros());
        let before = groups.get(set & !(1 << person)).copied().unwrap_or_default();
        if is_first || before > best.1 {
            best = (person, before);
        }
        is_first = false;
        rest &= rest - 1;
    }
    best
}

/// Settles any number of people: pairs that cancel out, then the largest debtor with the largest creditor,
/// until few enough are left for the exact way.
fn settle_many(people: Vec<Part>, transfers: &mut Vec<Transfer>) {
    let rest = settle_pairs(people, transfers);
    let mut open = Open::of(&rest);
    while open.len() > PROVEN_PEOPLE_MAX {
        match open.step() {
            Some(transfer) => transfers.push(transfer),
            None => break,
        }
    }
    settle_proven(&open.into_people(), transfers);
}

/// Settles everybody who owes exactly what is due to somebody else; gives who is left, sorted by id. Some
/// plan with the fewest transfers always holds such a pair, so nothing is lost by it.
fn settle_pairs(people: Vec<Part>, transfers: &mut Vec<Transfer>) -> Vec<Part> {
    let mut creditors: BTreeMap<Minor, Vec<Part>> = BTreeMap::new();
    for person in people.iter().rev().filter(|person| person.amount.is_positive()) {
        creditors.entry(person.amount).or_default().push(*person);
    }
    let mut rest = Vec::new();
    for debtor in people.into_iter().filter(|person| person.amount.is_negative()) {
        let amount = debtor.amount.neg();
        match creditors.get_mut(&amount).and_then(Vec::pop) {
            Some(creditor) => {
                transfers.push(Transfer {
                    from_user_id: debtor.user_id,
                    to_user_id: creditor.user_id,
                    amount,
                });
            }
            None => rest.push(debtor),
        }
    }
    rest.extend(creditors.into_values().flatten());
    rest.sort_unstable();
    rest
}

/// People with open balances, the largest first, the lowest id among equals.
struct Open {
    debtors: BinaryHeap<(Minor, Reverse<i64>)>,
    creditors: BinaryHeap<(Minor, Reverse<i64>)>,
}

impl Open {
    fn of(people: &[Part]) -> Self {
        let side = |is_debtor: bool| {
            let people = people.iter().filter(|person| person.amount.is_negative() == is_debtor);
            people.map(|person| (person.amount.abs(), Reverse(person.user_id))).collect()
        };
        Self { debtors: side(true), creditors: side(false) }
    }

    fn len(&self) -> usize {
        self.debtors.len() + self.creditors.len()
    }

    /// Lets the largest debtor pay the largest creditor as much as both bear, which evens out one of them.
    /// `None` when one side is empty.
    fn step(&mut self) -> Option<Transfer> {
        let (debt, debtor) = self.debtors.pop()?;
        let (credit, creditor) = self.creditors.pop()?;
        let amount = debt.min(credit);
        let debt_left = debt.checked_sub(amount)?;
        let credit_left = credit.checked_sub(amount)?;
        if debt_left.is_positive() {
            self.debtors.push((debt_left, debtor));
        }
        if credit_left.is_positive() {
            self.creditors.push((credit_left, creditor));
        }
        Some(Transfer { from_user_id: debtor.0, to_user_id: creditor.0, amount })
    }

    fn into_people(self) -> Vec<Part> {
        let debtors = self.debtors.into_iter().map(|(amount, id)| Part::new(id.0, amount.neg()));
        let creditors = self.creditors.into_iter().map(|(amount, id)| Part::new(id.0, amount));
        let mut people: Vec<Part> = debtors.chain(creditors).collect();
        people.sort_unstable();
        people
    }
}

/// Turns a bit's place, at most 64, into an index.
fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or_default()
}
