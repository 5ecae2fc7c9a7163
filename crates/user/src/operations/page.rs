//! Pages by number, checked.

use fault::Fault;
use proto::page::v1::{Info, Request};

const SIZE_MAX: i32 = 100;
/// Deeper pages are refused: nobody reads them, and the database would count its way there.
const NUMBER_MAX: i32 = 100_000;

/// A page whose bounds are checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    number: i32,
    size: i32,
}

impl Page {
    /// Reads a page. *Errors*: `VALIDATION_ERROR` naming `page` or `limit`.
    pub(crate) fn of(asked: Option<Request>) -> Result<Self, Fault> {
        let Some(Request { number, size }) = asked else {
            return Err(Fault::validation("page", "must be given"));
        };
        if !(1..=NUMBER_MAX).contains(&number) {
            return Err(Fault::validation("page", format!("must be from 1 to {NUMBER_MAX}")));
        }
        if !(1..=SIZE_MAX).contains(&size) {
            return Err(Fault::validation("limit", format!("must be from 1 to {SIZE_MAX}")));
        }
        Ok(Self { number, size })
    }

    /// Gives how many rows to take, and how many to leave out before them.
    pub(crate) fn bounds(self) -> (i64, i64) {
        let size = i64::from(self.size);
        (size, i64::from(self.number).saturating_sub(1).saturating_mul(size))
    }

    /// Says what stands beside the rows.
    pub(crate) const fn info(self, total_rows: i64) -> Info {
        Info { number: self.number, size: self.size, total_rows }
    }
}
