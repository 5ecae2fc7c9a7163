//! Turns one record into an expense, a settlement or a total.
//!
//! Everything that is wrong with a record is listed, not only the first thing. The rule not to be broken: what
//! each member paid minus his share is exactly what his column says, and no share is negative.

use chrono::NaiveDate;
use money::{Currency, Minor, split_equal};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    ColumnPart, Entry, Expense, Problem, Row, Settlement,
    header::{CATEGORY, COST, CURRENCY, DATE, DESCRIPTION, Header, MEMBERS},
    key,
    record::Record,
    totals::{self, Total},
};
use crate::domain::{payers::PAYERS_MAX, text};

/// How the category of a settlement may be called, lower case.
const PAYMENT: [&str; 5] = ["payment", "付款", "支付", "还款", "還款"];

/// The category of a row that names none.
const CATEGORY_DEFAULT: &str = "General";

/// What a record turned out to be.
#[derive(Debug)]
pub(super) enum Read {
    /// A row to be imported; its key is not numbered yet.
    Row(Row),
    /// A row that changes nobody's balance.
    Unchanged,
    /// A row `Total balance`.
    Total(Total),
}

/// Reads one record below the header.
pub(super) fn read(header: &Header, record: &Record) -> Result<Read, Vec<Problem>> {
    if record.fields.iter().skip(header.width()).any(|field| !field.is_empty())
        || record.fields.len() < header.width()
    {
        let message = format!("has {} columns, expected {}", record.fields.len(), header.width());
        return Err(vec![Problem::new(record.line, "", message)]);
    }
    if totals::is_total(record) {
        return Ok(Read::Total(Total::of(record)));
    }
    let fields = Fields::read(header, record)?;
    fields.check_sum(record.line).map_err(|problem| vec![problem])?;
    if fields.nets.iter().all(|net| net.is_zero()) {
        return Ok(Read::Unchanged);
    }
    let is_payment = PAYMENT.contains(&fields.category.to_lowercase().as_str());
    let entry = if is_payment { fields.settlement() } else { fields.expense() };
    let entry = entry.map_err(|wrong| {
        let column = if wrong.is_about_cost { header.name(COST) } else { "" };
        vec![Problem::new(record.line, column, wrong.message)]
    })?;
    let key = fields.key(header, if is_payment { "settlement" } else { "expense" });
    Ok(Read::Row(Row { line: record.line, key, date: fields.date, currency: fields.currency, entry }))
}

/// Reads the amount of a member's cell; an empty cell is zero.
pub(super) fn net(cell: &str) -> Result<Minor, money::MoneyError> {
    if cell.is_empty() { Ok(Minor::ZERO) } else { Minor::parse(cell) }
}

/// Why the fields of a row make no entry.
struct Wrong {
    is_about_cost: bool,
    message: String,
}

impl Wrong {
    fn cost(message: String) -> Self {
        Self { is_about_cost: true, message }
    }

    fn row(message: String) -> Self {
        Self { is_about_cost: false, message }
    }
}

/// The fields of one record, each good by itself.
struct Fields {
    date: NaiveDate,
    description: String,
    category: String,
    cost: Minor,
    currency: Currency,
    nets: Vec<Minor>,
}

impl Fields {
    fn read(header: &Header, record: &Record) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut refuse = |column: usize, message: String| {
            problems.push(Problem::new(record.line, header.name(column), message));
        };
        let date = clock::parse_date(record.field(DATE));
        if date.is_none() {
            refuse(DATE, "must be a date that exists, such as 2025-09-30".to_owned());
        }
        let description = one_line(record.field(DESCRIPTION), input::NOTE_CHARS_MAX);
        let description = description.map_err(|message| refuse(DESCRIPTION, message)).unwrap_or_default();
        let category = match record.field(CATEGORY) {
            "" => Ok(CATEGORY_DEFAULT.to_owned()),
            given => one_line(given, text::CATEGORY_CHARS_MAX),
        };
        let category = category.map_err(|message| refuse(CATEGORY, message)).unwrap_or_default();
        let cost = Minor::parse(record.field(COST));
        let cost = cost.map_err(|error| refuse(COST, error.to_string())).unwrap_or_default();
        let currency = Currency::parse(record.field(CURRENCY));
        let currency = currency.map_err(|error| refuse(CURRENCY, error.to_string())).unwrap_or_default();
        let mut nets = Vec::with_capacity(header.members.len());
        for column in MEMBERS..header.width() {
            nets.push(
                net(record.field(column))
                    .map_err(|error| refuse(column, error.to_string()))
                    .unwrap_or_default(),
            );
        }
        match date {
            Some(date) if problems.is_empty() => {
                Ok(Self { date, description, category, cost, currency, nets })
            }
            _ => Err(problems),
        }
    }

    fn check_sum(&self, line: u64) -> Result<(), Problem> {
        match Minor::sum(self.nets.iter().copied()) {
            Some(sum) if sum.is_zero() => Ok(()),
            Some(sum) => Err(Problem::new(
                line,
                "",
                format!("the member columns add up to {sum}, expected {}", Minor::ZERO),
            )),
            None => Err(Problem::new(line, "", "the sum of the member columns is too large")),
        }
    }

    /// Gives the columns above zero, or below zero with their signs turned.
    fn side(&self, is_wanted: fn(Minor) -> bool) -> Vec<ColumnPart> {
        let nets = self.nets.iter().enumerate().filter(|(_, net)| is_wanted(**net));
        nets.map(|(column, net)| ColumnPart { column, amount: net.abs() }).collect()
    }

    fn settlement(&self) -> Result<Entry, Wrong> {
        let givers = self.side(Minor::is_positive);
        let takers = self.side(Minor::is_negative);
        let ([giver], [taker]) = (givers.as_slice(), takers.as_slice()) else {
            return Err(Wrong::row("a payment must be from one member to one other".to_owned()));
        };
        if self.cost != giver.amount {
            let message = format!("must be {}, which is what the payment moves", giver.amount);
            return Err(Wrong::cost(message));
        }
        Ok(Entry::Settlement(Settlement {
            from_column: giver.column,
            to_column: taker.column,
            amount: giver.amount,
            note: self.description.clone(),
        }))
    }

    /// Rebuilds the expense: who is below zero consumed that much; those above zero paid, and consumed in
    /// equal parts what is left of the cost, so that each of them paid his net and his part.
    fn expense(&self) -> Result<Entry, Wrong> {
        if !self.cost.is_positive() {
            return Err(Wrong::cost("must be greater than 0".to_owned()));
        }
        let creditors = self.side(Minor::is_positive);
        let mut shares = self.side(Minor::is_negative);
        let owed = Minor::sum(shares.iter().map(|share| share.amount)).unwrap_or_default();
        let consumed = self.cost.checked_sub(owed).unwrap_or_default();
        if consumed.is_negative() {
            return Err(Wrong::cost(format!("is less than {owed}, which is what the members owe")));
        }
        if creditors.len() > PAYERS_MAX {
            return Err(Wrong::row(format!("must have at most {PAYERS_MAX} members above zero")));
        }
        let parts = split_equal(consumed, creditors.len(), self.cost.get());
        let mut payers = Vec::with_capacity(creditors.len());
        for (creditor, part) in creditors.into_iter().zip(parts) {
            let paid = creditor.amount.checked_add(part).unwrap_or_default();
            payers.push(ColumnPart { amount: paid, ..creditor });
            if part.is_positive() {
                shares.push(ColumnPart { amount: part, ..creditor });
            }
        }
        shares.sort_unstable_by_key(|share| share.column);
        let (title, description) = title_of(&self.description);
        let category = self.category.clone();
        Ok(Entry::Expense(Expense { title, description, category, amount: self.cost, payers, shares }))
    }

    fn key(&self, header: &Header, kind: &'static str) -> String {
        key::of(key::Content {
            date: self.date,
            description: &self.description,
            cost: self.cost,
            currency: self.currency,
            kind,
            nets: header.members.iter().map(String::as_str).zip(self.nets.iter().copied()).collect(),
        })
    }
}

/// Brings a text to normal form on one line, with single spaces.
fn one_line(raw: &str, chars_max: usize) -> Result<String, String> {
    let text: String = raw.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect();
    if text.is_empty() {
        Err("must not be empty".to_owned())
    } else if text.chars().any(char::is_control) {
        Err("must not hold control characters".to_owned())
    } else if text.chars().count() > chars_max {
        Err(format!("must be at most {chars_max} characters"))
    } else {
        Ok(text)
    }
}

/// Makes a title of a description, and keeps the description when the title had to be cut.
fn title_of(description: &str) -> (String, String) {
    if description.chars().count() <= input::NAME_CHARS_MAX {
        return (description.to_owned(), String::new());
    }
    let mut title: String = description.chars().take(input::NAME_CHARS_MAX - 1).collect();
    title.push('…');
    (title, description.to_owned())
}
