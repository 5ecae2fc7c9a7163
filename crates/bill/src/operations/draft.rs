//! What an author sends, checked: texts, due date, items, and how to divide.

use std::collections::HashSet;

use chrono::NaiveDate;
use fault::Fault;
use money::Minor;
use proto::{
    bill::v1::NewBill,
    expense::v1::{BillItem, SplitInput as WireInput},
};
use share::{SplitInput, SplitType};

use crate::wire;

/// How many expenses one bill may hold.
const ITEMS_MAX: usize = 100;

/// A bill as asked for. Whether its expenses allow it is not known yet.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) due_date: NaiveDate,
    pub(super) items: Vec<BillItem>,
    pub(super) split_type: SplitType,
    pub(super) splits: Vec<SplitInput>,
}

/// Checks everything that can be checked without asking anybody. *Errors*: naming the field.
pub(super) fn read(input: &NewBill) -> Result<Asked, Fault> {
    let title = input::line("title", &input.title, 1..=input::NAME_CHARS_MAX)?;
    let description = input::lines("description", &input.description, 0..=input::NOTE_CHARS_MAX)?;
    let due_date = input::date("due_date", &input.due_date)?;
    check_items(&input.items)?;
    let split_type = wire::split_type(input.split_type)?;
    let splits = input.splits.iter().map(split_input).collect();
    Ok(Asked { title, description, due_date, items: input.items.clone(), split_type, splits })
}

fn check_items(items: &[BillItem]) -> Result<(), Fault> {
    if items.is_empty() || items.len() > ITEMS_MAX {
        return Err(Fault::validation("items", format!("must be from 1 to {ITEMS_MAX}")));
    }
    let mut seen = HashSet::new();
    for (index, item) in items.iter().enumerate() {
        if item.expense_id <= 0 {
            return Err(Fault::validation(format!("items[{index}].expense_id"), "must be an expense's id"));
        }
        if !seen.insert(item.expense_id) {
            return Err(Fault::validation(format!("items[{index}].expense_id"), "is named twice"));
        }
        // Zero stands for all that is left.
        if item.amount_minor != 0 {
            input::amount(&format!("items[{index}].amount"), Minor::new(item.amount_minor))?;
        }
    }
    Ok(())
}

fn split_input(input: &WireInput) -> SplitInput {
    SplitInput {
        user_id: input.user_id,
        amount: input.amount_minor.map(Minor::new),
        percentage: input.percentage_hundredths,
        weight: input.weight,
    }
}
