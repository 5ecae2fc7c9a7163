//! Reads what a client says of a new expense, and works out everybody's share and debt.
//!
//! Nothing is written here. The rule not to be broken: what comes out adds up, or the request is refused with
//! the field and the rule.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use clock::Clock;
use fault::Fault;
use money::Minor;
use proto::expense::v1;

use crate::{
    domain::{
        Part, debts,
        payers::{self, PaidBy},
        split::{self, Share, SplitInput},
        text,
    },
    service::Service,
    store::{Expense, Split},
    wire,
};
use roster::Members;

/// The most receipts of one expense.
const RECEIPTS_MAX: usize = 10;

/// Who records an expense in which room, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    pub(super) clock: &'a Clock,
    pub(super) members: &'a Members,
    pub(super) user_id: i64,
    pub(super) at: DateTime<Utc>,
}

/// Reads a new expense. Receipts are checked by [`receipts`] beforehand.
pub(super) fn read(setting: Setting<'_>, input: &v1::NewExpense) -> Result<Expense, Fault> {
    let id = setting.clock.new_id();
    let member_ids = setting.members.user_ids();
    let amount = text::amount("amount", Minor::new(input.amount_minor))?;
    let title = text::title(&input.title)?;
    let currency = text::currency(&input.currency)?;
    let category = text::category(&input.category)?;
    let description = text::description(&input.description)?;
    let date = text::date("date", &input.date)?;
    let split_type = wire::read_split_type(input.split_type)?
        .ok_or_else(|| Fault::validation("split_type", "must be equal, custom, percentage or shares"))?;
    let payers = read_payers(setting, amount, input)?;
    let inputs: Vec<SplitInput> = input.splits.iter().map(wire::read_split).collect();
    let shares = split::split(split_type, amount, &inputs, member_ids, id)?;
    Ok(Expense {
        id,
        room_id: input.room_id,
        title,
        amount,
        currency,
        category,
        description,
        date,
        split_type,
        paid_by: payers::principal(&payers).unwrap_or(setting.user_id),
        splits: splits(setting.clock, &payers, &shares, &[])?,
        payers,
        receipt_upload_ids: input.receipt_upload_ids.clone(),
        created_by: setting.user_id,
        created_at: setting.at,
        updated_at: setting.at,
        version: 1,
        is_deleted: false,
    })
}

fn read_payers(setting: Setting<'_>, amount: Minor, input: &v1::NewExpense) -> Result<Vec<Part>, Fault> {
    let several: Vec<Part> = input.payers.iter().map(wire::read_payer).collect();
    let paid_by = match (input.paid_by, several.is_empty()) {
        (0, true) => PaidBy::One(setting.user_id),
        (user_id, true) => PaidBy::One(user_id),
        (0, false) => PaidBy::Several(&several),
        (_, false) => return Err(Fault::validation("payers", "must not be given together with paid_by")),
    };
    let mut payers = payers::payers(amount, paid_by, setting.members.user_ids())?;
    payers.sort_unstable();
    Ok(payers)
}

/// Gives each share its id and its debt. Who had a split before keeps its id and what he handed over.
pub(super) fn splits(
    clock: &Clock,
    payers: &[Part],
    shares: &[Share],
    old: &[Split],
) -> Result<Vec<Split>, Fault> {
    let parts: Vec<Part> = shares.iter().map(|share| Part::new(share.user_id, share.amount)).collect();
    let standings = debts::standings(payers, &parts)?;
    let debts: BTreeMap<i64, Minor> = standings.iter().map(|row| (row.user_id, row.debt())).collect();
    let mut splits: Vec<Split> = shares
        .iter()
        .map(|share| {
            let before = old.iter().find(|split| split.user_id == share.user_id);
            Split {
                id: before.map_or_else(|| clock.new_id(), |split| split.id),
                user_id: share.user_id,
                amount: share.amount,
                debt: debts.get(&share.user_id).copied().unwrap_or_default(),
                paid: before.map_or(Minor::ZERO, |split| split.paid),
                percentage: share.percentage,
                weight: share.weight,
                confirmed_by: before.and_then(|split| split.confirmed_by),
                confirmed_at: before.and_then(|split| split.confirmed_at),
                is_frozen: before.is_some_and(|split| split.is_frozen),
            }
        })
        .collect();
    splits.sort_unstable_by_key(|split| split.id);
    Ok(splits)
}

/// Passes receipts: few, each once, and each new one an upload of the caller's own.
///
/// *Errors*: a validation fault on `receipts`.
pub(super) async fn receipts(
    service: &Service,
    user_id: i64,
    ids: &[i64],
    known: &[i64],
) -> Result<(), Fault> {
    if ids.len() > RECEIPTS_MAX {
        return Err(Fault::validation("receipts", format!("must be at most {RECEIPTS_MAX}")));
    }
    let mut seen = BTreeSet::new();
    for (index, id) in ids.iter().enumerate() {
        let refuse = |rule: &str| Fault::validation(format!("receipts[{index}]"), rule);
        if !seen.insert(*id) {
            return Err(refuse("is named twice"));
        }
        if !known.contains(id) && service.people.owner_of_upload(*id).await? != Some(user_id) {
            return Err(refuse("is not an upload of yours"));
        }
    }
    Ok(())
}
