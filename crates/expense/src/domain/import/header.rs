//! Finds the header of an export and takes the member columns from it.
//!
//! A note and blank lines may stand before it; its words may be English or Chinese. The rule not to be broken:
//! every member column has a name of its own, since members are told apart by nothing else.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;

use super::{MEMBERS_MAX, Problem, record::Record};

/// The places of the columns that every export has; members follow.
pub(super) const DATE: usize = 0;
pub(super) const DESCRIPTION: usize = 1;
pub(super) const CATEGORY: usize = 2;
pub(super) const COST: usize = 3;
pub(super) const CURRENCY: usize = 4;
pub(super) const MEMBERS: usize = 5;

/// How many records are searched for the header.
const RECORDS_SEARCHED_MAX: usize = 20;
const MEMBER_CHARS_MAX: usize = 100;

/// What each of the first columns may be called, lower case.
const WORDS: [&[&str]; MEMBERS] = [
    &["date", "日期"],
    &["description", "描述", "说明", "說明"],
    &["category", "类别", "類別", "分类", "分類"],
    &["cost", "费用", "費用", "金额", "金額"],
    &["currency", "货币", "貨幣", "币种"],
];

/// The header of a file.
#[derive(Debug)]
pub(super) struct Header {
    /// What the file calls its first five columns.
    names: Vec<String>,
    /// What it calls the member columns; at least one, all different.
    pub(super) members: Vec<String>,
}

impl Header {
    /// Gives what the file calls a column.
    pub(super) fn name(&self, index: usize) -> &str {
        let member = index.checked_sub(MEMBERS).and_then(|member| self.members.get(member));
        self.names.get(index).or(member).map_or("", String::as_str)
    }

    /// Counts the columns of a full row.
    pub(super) fn width(&self) -> usize {
        MEMBERS + self.members.len()
    }
}

/// Finds the header and gives it with the records below it.
pub(super) fn find(records: &[Record]) -> Result<(Header, &[Record]), Vec<Problem>> {
    let place = records.iter().take(RECORDS_SEARCHED_MAX).position(is_header);
    let found = place.and_then(|place| records.get(place..)).and_then(<[Record]>::split_first);
    let Some((record, below)) = found else {
        let message =
            "no header was found: expected Date, Description, Category, Cost, Currency, then the members";
        return Err(vec![Problem::new(1, "", message)]);
    };
    let names = record.fields.iter().take(MEMBERS).map(str::to_owned).collect();
    let mut members: Vec<String> =
        record.fields.iter().skip(MEMBERS).map(|name| name.nfc().collect()).collect();
    while members.last().is_some_and(String::is_empty) {
        members.pop();
    }
    let problems = check(record.line, &members);
    if problems.is_empty() { Ok((Header { names, members }, below)) } else { Err(problems) }
}

fn is_header(record: &Record) -> bool {
    WORDS.iter().enumerate().all(|(index, words)| {
        let name = record.field(index).to_lowercase();
        words.contains(&name.as_str())
    })
}

fn check(line: u64, members: &[String]) -> Vec<Problem> {
    if members.is_empty() {
        return vec![Problem::new(line, "", "the header names no member")];
    }
    if members.len() > MEMBERS_MAX {
        return vec![Problem::new(line, "", format!("the header must name at most {MEMBERS_MAX} members"))];
    }
    let mut seen = HashSet::new();
    let mut problems = Vec::new();
    for member in members {
        let message = if member.is_empty() {
            "the header leaves a member column without a name".to_owned()
        } else if member.chars().any(char::is_control) {
            "the name of a member column must not hold control characters".to_owned()
        } else if member.chars().count() > MEMBER_CHARS_MAX {
            format!("the name of a member column must be at most {MEMBER_CHARS_MAX} characters")
        } else if !seen.insert(member) {
            "two member columns have this name".to_owned()
        } else {
            continue;
        };
        problems.push(Problem::new(line, member, message));
    }
    problems
}
