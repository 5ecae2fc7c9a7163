//! What is wrong with the settings, all of it at once.
//!
//! A problem names the variable, what was read (masked) and what is expected, in one line.

use std::fmt;

/// Says what is wrong with one variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable.
    pub name: String,
    /// What was read, fit to be shown.
    pub read: String,
    /// What is expected, as the end of "expected …".
    pub expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: read {}, expected {}", self.name, self.read, self.expected)
    }
}

/// Lists everything that is wrong. *Shape*: never empty when returned as an error; prints one line each.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Gives the problems in the order in which they were found.
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// Adds what another reader found; the same problem is listed once.
    pub fn merge(&mut self, other: Self) {
        for problem in other.0 {
            self.add(problem);
        }
    }

    /// Passes if nothing is wrong.
    ///
    /// *Errors*: all problems.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    pub(crate) fn add(&mut self, problem: Problem) {
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}
