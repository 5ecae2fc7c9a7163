//! What was read, for `dormpay doctor` to print.
//!
//! An entry is made at the moment of reading and is fit to be shown: secrets are masked already.

/// Tells about one variable that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name under which the variable was looked up; where an alias held the value, the alias.
    pub name: String,
    /// The value as it may be shown.
    pub value: String,
    /// Where the value came from: `environment`, `.env`, `file` (by a `…_FILE` variable) or `default`.
    pub source: &'static str,
    /// What the variable is for, one line.
    pub doc: &'static str,
}
