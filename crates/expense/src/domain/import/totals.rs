//! The rows `Total balance` that end an export, and the comparison with what the rows add up to.
//!
//! An export has one for each currency. The rule not to be broken: such a row is never imported, and a
//! difference of a single fen in any column is a problem that names the column and both figures.

use std::collections::BTreeMap;

use money::{Currency, Minor, MoneyError};

use super::{
    Entry, PROBLEMS_MAX, Problem, Row,
    header::{CATEGORY, COST, CURRENCY, DESCRIPTION, Header, MEMBERS},
    record::Record,
    row,
};

/// How the row may be called, lower case.
const TOTAL: [&str; 5] = ["total balance", "总余额", "總餘額", "余额总计", "總結餘"];

/// A row `Total balance` as it stands in the file.
#[derive(Debug)]
pub(super) struct Total {
    line: u64,
    currency: String,
    cells: Vec<String>,
}

impl Total {
    /// Takes the row as it is; it is read when it is compared.
    pub(super) fn of(record: &Record) -> Self {
        let cells = record.fields.iter().skip(MEMBERS).map(str::to_owned).collect();
        Self { line: record.line, currency: record.field(CURRENCY).to_owned(), cells }
    }
}

/// Tells a total from an expense that somebody called so: a total has no category or no cost.
pub(super) fn is_total(record: &Record) -> bool {
    let is_called_so = TOTAL.contains(&record.field(DESCRIPTION).to_lowercase().as_str());
    is_called_so && (record.field(CATEGORY).is_empty() || record.field(COST).is_empty())
}

/// Compares each total with what the rows of its currency add up to.
pub(super) fn compare(header: &Header, rows: &[Row], totals: &[Total]) -> Vec<Problem> {
    let sums = sums(header, rows);
    let none = vec![Minor::ZERO; header.members.len()];
    let mut problems = Vec::new();
    for total in totals {
        let Some(currency) = currency_of(total, &sums) else {
            let message = "must be the currency of the total, an ISO 4217 code such as CNY";
            problems.push(Problem::new(total.line, header.name(CURRENCY), message));
            continue;
        };
        let sums = sums.get(&currency).unwrap_or(&none);
        for ((name, cell), sum) in header.members.iter().zip(&total.cells).zip(sums) {
            if let Err(message) = compare_cell(cell, *sum) {
                problems.push(Problem::new(total.line, name, message));
            }
        }
        if problems.len() >= PROBLEMS_MAX {
            break;
        }
    }
    problems
}

/// What the rows of each currency do to the balance of each column.
type Sums = BTreeMap<Currency, Vec<Minor>>;

fn sums(header: &Header, rows: &[Row]) -> Sums {
    let mut sums = Sums::new();
    for row in rows {
        let sums = sums.entry(row.currency).or_insert_with(|| vec![Minor::ZERO; header.members.len()]);
        // Rows, members and amounts are bounded, so that no sum can leave 64 bits.
        let mut add = |column: usize, amount: Minor| {
            if let Some(sum) = sums.get_mut(column) {
                *sum = sum.checked_add(amount).unwrap_or_default();
            }
        };
        match &row.entry {
            Entry::Expense(expense) => {
                expense.payers.iter().for_each(|part| add(part.column, part.amount));
                expense.shares.iter().for_each(|part| add(part.column, part.amount.neg()));
            }
            Entry::Settlement(settlement) => {
                add(settlement.from_column, settlement.amount);
                add(settlement.to_column, settlement.amount.neg());
            }
        }
    }
    sums
}

/// Reads the currency of a total; one that names none counts for the only currency of the file.
fn currency_of(total: &Total, sums: &Sums) -> Option<Currency> {
    if !total.currency.is_empty() {
        return Currency::parse(&total.currency).ok();
    }
    let only = sums.keys().next().copied().unwrap_or_default();
    (sums.len() <= 1).then_some(only)
}

fn compare_cell(cell: &str, sum: Minor) -> Result<(), String> {
    match row::net(cell) {
        Ok(stated) if stated == sum => Ok(()),
        Ok(stated) => Err(format!("the rows add up to {sum}, but the total balance says {stated}")),
        // A total may lie beyond what a single amount may be; then its digits are compared.
        Err(MoneyError::TooLarge | MoneyError::TooSmall) if cell == sum.to_string() => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
