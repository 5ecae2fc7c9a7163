//! The rows `Total balance` that end an export, and the comparison with what the rows add up to.
//!
//! An export has one for each currency. The rule not to be broken: such a row is never imported, and a
//! difference of a single fen in any column is a problem that names the column and both figures.

use std::collections::BTreeSet;

use money::{Currency, Minor};

use super::{
    Entry, Problem, Row,
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
    let mut problems = Vec::new();
    for total in totals {
        match currency_of(total, rows) {
            Some(currency) => compare_one(header, rows, total, currency, &mut problems),
            None => {
                let message = "must be the currency of the total, an ISO 4217 code such as CNY";
                problems.push(Problem::new(total.line, header.name(CURRENCY), message));
            }
        }
    }
    problems
}

/// Reads the currency of a total; one that names none counts for the only currency of the file.
fn currency_of(total: &Total, rows: &[Row]) -> Option<Currency> {
    if !total.currency.is_empty() {
        return Currency::parse(&total.currency).ok();
    }
    let used: BTreeSet<Currency> = rows.iter().map(|row| row.currency).collect();
    let only = used.first().copied().unwrap_or_default();
    (used.len() <= 1).then_some(only)
}

fn compare_one(
    header: &Header,
    rows: &[Row],
    total: &Total,
    currency: Currency,
    problems: &mut Vec<Problem>,
) {
    for (column, (name, cell)) in header.members.iter().zip(&total.cells).enumerate() {
        let nets = rows.iter().filter(|row| row.currency == currency).map(|row| net_of(row, column));
        let sum = Minor::sum(nets).unwrap_or_default();
        let message = match row::net(cell) {
            Ok(stated) if stated == sum => continue,
            // A total may lie beyond what a single amount may be; then its digits are compared.
            Err(_) if *cell == sum.to_string() => continue,
            Ok(stated) => format!("the rows add up to {sum}, but the total balance says {stated}"),
            Err(error) => error.to_string(),
        };
        problems.push(Problem::new(total.line, name, message));
    }
}

/// Gives what a rebuilt row does to the balance of a column.
fn net_of(row: &Row, column: usize) -> Minor {
    let (plus, minus) = match &row.entry {
        Entry::Expense(expense) => (part(&expense.payers, column), part(&expense.shares, column)),
        Entry::Settlement(settlement) => {
            let side = |of: usize| if of == column { settlement.amount } else { Minor::ZERO };
            (side(settlement.from_column), side(settlement.to_column))
        }
    };
    plus.checked_sub(minus).unwrap_or_default()
}

fn part(parts: &[super::ColumnPart], column: usize) -> Minor {
    parts.iter().find(|part| part.column == column).map(|part| part.amount).unwrap_or_default()
}
