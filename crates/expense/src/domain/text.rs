//! Which texts an expense has and how long each may be (contract section 15). How a text, a date or an amount is read
//! is the crate `input`'s.

use fault::Fault;
use input::{NAME_CHARS_MAX, NOTE_CHARS_MAX};
pub use input::{amount, currency, date, date_range, optional_date};

/// The longest category, in characters.
pub const CATEGORY_CHARS_MAX: usize = 32;

/// Reads the `title` of an expense: 1 to 100 characters on one line.
pub fn title(raw: &str) -> Result<String, Fault> {
    input::line("title", raw, 1..=NAME_CHARS_MAX)
}

/// Reads the `category` of an expense: 1 to 32 characters on one line.
pub fn category(raw: &str) -> Result<String, Fault> {
    input::line("category", raw, 1..=CATEGORY_CHARS_MAX)
}

/// Reads the `description` of an expense: at most 1,000 characters, line breaks allowed, may be empty.
pub fn description(raw: &str) -> Result<String, Fault> {
    input::lines("description", raw, 0..=NOTE_CHARS_MAX)
}

/// Reads the `reason` of a dispute: 1 to 1,000 characters, line breaks allowed.
pub fn reason(raw: &str) -> Result<String, Fault> {
    input::lines("reason", raw, 1..=NOTE_CHARS_MAX)
}

/// Reads a `comment` on a decision: at most 1,000 characters, line breaks allowed, may be empty.
pub fn comment(raw: &str) -> Result<String, Fault> {
    input::lines("comment", raw, 0..=NOTE_CHARS_MAX)
}

/// Reads the `note` of a settlement: at most 1,000 characters, line breaks allowed, may be empty.
pub fn note(raw: &str) -> Result<String, Fault> {
    input::lines("note", raw, 0..=NOTE_CHARS_MAX)
}
