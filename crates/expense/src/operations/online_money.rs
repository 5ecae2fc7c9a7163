//! Money that went from one person to others through an order, beside the debts it was meant for.
//!
//! Nothing is written here. The rule not to be broken: balances follow the money. What went to somebody and hands no
//! debt over is a settlement of its own, one way or the other.

use std::collections::BTreeMap;

use fault::Fault;
use money::{Currency, Minor};
use proto::expense::v1::MoneyPart;

use super::handing_over::Word;
use crate::{
    domain::Transfer,
    store::{Settlement, SettlementKind},
};

/// What each person got, or gave back. *Units*: minor.
pub(super) type ByPerson = BTreeMap<i64, i64>;

/// Reads who got, or gave back, how much. *Errors*: `VALIDATION_ERROR` naming the part.
pub(super) fn read(parts: &[MoneyPart]) -> Result<ByPerson, Fault> {
    if parts.is_empty() {
        return Err(Fault::validation("parts", "must name who got the money"));
    }
    let mut people = ByPerson::new();
    for (index, part) in parts.iter().enumerate() {
        let amount = Minor::new(part.amount_minor);
        let amount = amount
            .require_positive()
            .map_err(|error| Fault::validation(format!("parts[{index}].amount_minor"), error.to_string()))?;
        if people.insert(part.user_id, amount.get()).is_some() {
            return Err(Fault::validation(format!("parts[{index}].user_id"), "is named twice"));
        }
    }
    Ok(people)
}

/// Adds up. *Errors*: internal, when a sum leaves 64 bits.
pub(super) fn total(people: &ByPerson) -> Result<Minor, Fault> {
    let sum = Minor::sum(people.values().copied().map(Minor::new));
    sum.ok_or_else(|| Fault::internal("money of an order overflows"))
}

/// Where the settlements are that money and debts need to agree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between<'a> {
    pub(super) word: Word<'a>,
    pub(super) bill_id: i64,
    pub(super) currency: Currency,
    /// Who gives where the money exceeds the debts.
    pub(super) giver_id: i64,
}

/// Gives the settlements by which `moved` comes to `settled`: from the giver where more was moved, to him where less.
pub(super) fn level(between: Between<'_>, moved: &ByPerson, settled: &ByPerson) -> Vec<Settlement> {
    let people = moved.keys().chain(settled.keys().filter(|person| !moved.contains_key(person)));
    let amount = |of: &ByPerson, person: i64| of.get(&person).copied().unwrap_or_default();
    people
        .copied()
        .filter_map(|person| {
            let more = amount(moved, person).saturating_sub(amount(settled, person));
            let (from_user_id, to_user_id) =
                if more > 0 { (between.giver_id, person) } else { (person, between.giver_id) };
            let amount = Minor::new(more).abs();
            (more != 0).then(|| settlement(between, Transfer { from_user_id, to_user_id, amount }))
        })
        .collect()
}

fn settlement(between: Between<'_>, transfer: Transfer) -> Settlement {
    let Between { word, bill_id, currency, .. } = between;
    Settlement {
        id: word.clock.new_id(),
        room_id: word.occasion.room_id,
        transfer,
        currency,
        date: word.date,
        kind: SettlementKind::Online,
        expense_id: None,
        bill_id: Some(bill_id),
        note: String::new(),
        created_by: word.occasion.actor_user_id,
        created_at: word.occasion.at,
    }
}
