//! Reads a Splitwise group export and rebuilds for each row an expense or a settlement.
//!
//! Each member column of a row holds what the member paid minus what he consumed. Members below zero owe that
//! much; members above zero paid, and consumed what the others do not cover. Whose column is whose, and what
//! was imported before, is decided elsewhere. The rule not to be broken: every rebuilt row has exactly the
//! nets of its row, and a file with a single problem is not imported at all.

mod header;
mod key;
mod members;
mod record;
mod row;
mod totals;

use std::collections::HashMap;

use chrono::NaiveDate;
use money::{Currency, Minor};

pub use self::members::{Candidate, assign};
use self::{header::Header, record::Record, row::Read, totals::Total};
use super::Part;

/// The largest file, in bytes.
pub const FILE_BYTES_MAX: usize = 5 * 1024 * 1024;

/// The most rows below the header, without blank ones and totals.
pub const ROWS_MAX: usize = 10_000;

/// The most member columns.
pub const MEMBERS_MAX: usize = 100;

/// The most problems that are listed; the rest of the file is still read.
pub const PROBLEMS_MAX: usize = 100;

/// What a file holds. To be imported only when `problems` is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The names of the member columns, in their order.
    pub columns: Vec<String>,
    /// The rows that change somebody's balance, in the order of the file, without those that have a problem.
    pub rows: Vec<Row>,
    /// How many rows change nobody's balance and are left out.
    pub unchanged: usize,
    /// What is wrong, in the order of the file, at most [`PROBLEMS_MAX`].
    pub problems: Vec<Problem>,
}

/// One row to be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line of the file on which the row starts, from 1.
    pub line: u64,
    /// What the row is recognised by when the file is imported again: its content, and its number among rows
    /// of the same content. *Shape*: no fixed length (up to about 40 KB); hash it before indexing it.
    pub key: String,
    /// When the money was spent or handed over.
    pub date: NaiveDate,
    /// The currency of all amounts of the row.
    pub currency: Currency,
    /// What the row becomes.
    pub entry: Entry,
}

/// What a row becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An expense with custom shares.
    Expense(Expense),
    /// Money handed over between two members.
    Settlement(Settlement),
}

/// An expense rebuilt from a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expense {
    /// The description of the row, cut to the length of a title if need be.
    pub title: String,
    /// The whole description if the title had to be cut, else empty.
    pub description: String,
    /// The category as the file names it.
    pub category: String,
    /// The cost, above zero.
    pub amount: Minor,
    /// Who paid, by column; above zero, adding up to the amount.
    pub payers: Vec<ColumnPart>,
    /// Who consumed, by column; above zero, adding up to the amount.
    pub shares: Vec<ColumnPart>,
}

/// A settlement rebuilt from a row of category `Payment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The column of the member who handed the money over.
    pub from_column: usize,
    /// The column of the member who received it.
    pub to_column: usize,
    /// How much, above zero.
    pub amount: Minor,
    /// The description of the row.
    pub note: String,
}

/// The part of the member of one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnPart {
    /// The place of the column in [`Sheet::columns`].
    pub column: usize,
    /// The part, above zero.
    pub amount: Minor,
}

/// Something that is wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file, from 1.
    pub line: u64,
    /// The name of the column in the file; empty when it is about the whole row.
    pub column: String,
    /// What is wrong, fit for the public.
    pub message: String,
}

impl Problem {
    fn new(line: u64, column: &str, message: impl Into<String>) -> Self {
        Self { line, column: column.to_owned(), message: message.into() }
    }
}

impl Row {
    /// Lists the columns that the row names.
    pub fn columns(&self) -> Vec<usize> {
        match &self.entry {
            Entry::Expense(expense) => {
                expense.payers.iter().chain(&expense.shares).map(|part| part.column).collect()
            }
            Entry::Settlement(settlement) => vec![settlement.from_column, settlement.to_column],
        }
    }
}

impl Sheet {
    /// Names the first column that some row needs and that belongs to nobody in `users`, a user for each
    /// column. A column that no row needs may stay without a user.
    pub fn unassigned(&self, users: &[Option<i64>]) -> Option<&str> {
        let mut needed: Vec<usize> = self.rows.iter().flat_map(Row::columns).collect();
        needed.sort_unstable();
        let missing = needed.into_iter().find(|column| users.get(*column).copied().flatten().is_none())?;
        self.columns.get(missing).map(String::as_str)
    }

    fn refuse(&mut self, problem: Problem) {
        self.refuse_all(vec![problem]);
    }

    fn refuse_all(&mut self, problems: Vec<Problem>) {
        let room = PROBLEMS_MAX.saturating_sub(self.problems.len());
        self.problems.extend(problems.into_iter().take(room));
    }
}

/// Turns parts of columns into parts of users. `None` when a column belongs to nobody.
pub fn parts_of(parts: &[ColumnPart], users: &[Option<i64>]) -> Option<Vec<Part>> {
    parts
        .iter()
        .map(|part| Some(Part::new(users.get(part.column).copied().flatten()?, part.amount)))
        .collect()
}

/// Reads a whole file. Never fails: what is wrong stands in [`Sheet::problems`].
///
/// The rows `Total balance` are never imported; if nothing else is wrong, each is compared with what the rows
/// of its currency add up to.
pub fn read(file: &[u8]) -> Sheet {
    let mut sheet = Sheet::default();
    if file.len() > FILE_BYTES_MAX {
        sheet.refuse(Problem::new(1, "", format!("the file must be at most {FILE_BYTES_MAX} bytes")));
        return sheet;
    }
    let records = match record::read(file) {
        Ok(records) => records,
        Err(problem) => {
            sheet.refuse(problem);
            return sheet;
        }
    };
    let (header, records) = match header::find(&records) {
        Ok(found) => found,
        Err(problems) => {
            sheet.refuse_all(problems);
            return sheet;
        }
    };
    sheet.columns.clone_from(&header.members);
    read_rows(&header, records, &mut sheet);
    sheet
}

fn read_rows(header: &Header, records: &[Record], sheet: &mut Sheet) {
    let mut totals: Vec<Total> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut count = 0;
    for record in records {
        let read = row::read(header, record);
        count += usize::from(!matches!(read, Ok(Read::Total(_))));
        if count > ROWS_MAX {
            sheet.refuse(Problem::new(
                record.line,
                "",
                format!("the file must have at most {ROWS_MAX} rows"),
            ));
            break;
        }
        match read {
            Ok(Read::Row(mut row)) => {
                key::number(&mut row.key, &mut seen);
                sheet.rows.push(row);
            }
            Ok(Read::Unchanged) => sheet.unchanged += 1,
            Ok(Read::Total(total)) => totals.push(total),
            Err(problems) => sheet.refuse_all(problems),
        }
    }
    if sheet.problems.is_empty() {
        sheet.refuse_all(totals::compare(header, &sheet.rows, &totals));
    }
}
