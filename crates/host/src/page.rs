//! Pages by number, checked (contract section 4).
//!
//! Which rows a list has does not live here. The rule not to be broken: no page makes the database count for ever.

use fault::Fault;
use proto::page::v1::{Info, Request};

const SIZE_MAX: i32 = 100;
const SIZE_DEFAULT: i32 = 10;
/// Deeper pages are refused: nobody reads them, and the database would count its way there.
const NUMBER_MAX: i32 = 100_000;

/// A page whose bounds are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    number: i32,
    size: i32,
}

impl Page {
    /// Reads a page; without one it is the first ten rows. *Errors*: `VALIDATION_ERROR` naming `page` or `limit`.
    pub fn of(asked: Option<Request>) -> Result<Self, Fault> {
        let Request { number, size } = asked.unwrap_or(Request { number: 1, size: SIZE_DEFAULT });
        if !(1..=NUMBER_MAX).contains(&number) {
            return Err(Fault::validation("page", format!("must be from 1 to {NUMBER_MAX}")));
        }
        if !(1..=SIZE_MAX).contains(&size) {
            return Err(Fault::validation("limit", format!("must be from 1 to {SIZE_MAX}")));
        }
        Ok(Self { number, size })
    }

    /// Gives how many rows to take.
    pub fn limit(self) -> i64 {
        self.size.into()
    }

    /// Gives how many rows to leave out before them.
    pub fn offset(self) -> i64 {
        i64::from(self.number).saturating_sub(1).saturating_mul(self.limit())
    }

    /// Says what stands beside the rows.
    pub const fn info(self, total_rows: i64) -> Info {
        Info { number: self.number, size: self.size, total_rows }
    }
}
