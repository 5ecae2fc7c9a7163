//! What a benchmark says at its end: a table for people, `RATIO` and `FIGURE` lines for machines.
//!
//! A ratio is passed when it is at least what is asked for; a limit of "at most" is turned round for it, and the
//! table says so. How something was measured does not live here. The rule not to be broken: what is compared is
//! the number itself, not its print.

use std::io::{self, Write};

use anyhow::{Context, Result, ensure};

use crate::figures::Spread;

/// Everything that was measured, in the order in which it is told.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Row>);

#[derive(Debug)]
struct Row {
    name: String,
    value: f64,
    limit: Limit,
    note: String,
}

#[derive(Clone, Copy, Debug)]
enum Limit {
    AtLeast(f64),
    None { unit: &'static str },
}

impl Report {
    /// Adds a ratio that passes when it is at least `at_least`. `note` says what was divided by what.
    pub(crate) fn ratio(
        &mut self,
        name: impl Into<String>,
        (value, at_least): (f64, f64),
        note: impl Into<String>,
    ) {
        self.0.push(Row { name: name.into(), value, limit: Limit::AtLeast(at_least), note: note.into() });
    }

    /// Adds a ratio of several rounds: the one in the middle counts. *Errors*: when there is none.
    pub(crate) fn median_ratio(
        &mut self,
        name: impl Into<String>,
        (ratios, at_least): (&[f64], f64),
        note: &str,
    ) -> Result<()> {
        let (name, rounds) = (name.into(), ratios.len());
        let spread = Spread::of(ratios).with_context(|| format!("{name} was not measured"))?;
        let note = format!("{note}; median of {rounds} rounds, {:.3} to {:.3}", spread.least, spread.most);
        self.ratio(name, (spread.median, at_least), note);
        Ok(())
    }

    /// Adds a figure without a limit.
    pub(crate) fn figure(
        &mut self,
        name: impl Into<String>,
        (value, unit): (f64, &'static str),
        note: impl Into<String>,
    ) {
        self.0.push(Row { name: name.into(), value, limit: Limit::None { unit }, note: note.into() });
    }

    /// Prints the table, then one line a row.
    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let width = self.0.iter().map(|row| row.name.len()).max().unwrap_or_default();
        writeln!(out)?;
        for row in &self.0 {
            let (verdict, needed) = match row.limit {
                Limit::AtLeast(least) if row.is_passed() => ("pass", format!("at least {least:.3}")),
                Limit::AtLeast(least) => ("MISS", format!("at least {least:.3}")),
                Limit::None { unit } => ("", unit.to_owned()),
            };
            writeln!(
                out,
                "{:width$}  {:>12.3}  {needed:<16} {verdict:<4}  {}",
                row.name, row.value, row.note
            )?;
        }
        writeln!(out)?;
        for Row { name, value, limit, .. } in &self.0 {
            match limit {
                Limit::AtLeast(least) => writeln!(out, "RATIO {name} {value:.3} {least:.3}")?,
                Limit::None { unit } => writeln!(out, "FIGURE {name} {value:.3} {unit}")?,
            }
        }
        out.flush()
    }

    /// Passes when every ratio does. *Errors*: names the ratios that were missed.
    pub(crate) fn verdict(&self) -> Result<()> {
        let missed: Vec<&str> =
            self.0.iter().filter(|row| !row.is_passed()).map(|row| row.name.as_str()).collect();
        ensure!(missed.is_empty(), "missed: {}", missed.join(", "));
        Ok(())
    }
}

impl Row {
    fn is_passed(&self) -> bool {
        match self.limit {
            Limit::AtLeast(least) => self.value >= least,
            Limit::None { .. } => true,
        }
    }
}
