//! Which page of a list is asked for.
//!
//! Pages have numbers from 1 and at most 100 rows (contract section 4).

use fault::Fault;
use proto::page::v1;

const SIZE_MAX: i32 = 100;
const SIZE_DEFAULT: i32 = 10;

/// Rows to skip and rows to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) offset: i64,
    pub(crate) limit: i64,
}

/// Reads a page; without one it is the first. *Errors*: a validation fault on `page` or `limit`.
pub(crate) fn window(asked: Option<v1::Request>) -> Result<(Window, v1::Info), Fault> {
    let asked = asked.unwrap_or(v1::Request { number: 1, size: SIZE_DEFAULT });
    if asked.number < 1 {
        return Err(Fault::validation("page", "must be at least 1"));
    }
    if !(1..=SIZE_MAX).contains(&asked.size) {
        return Err(Fault::validation("limit", format!("must be from 1 to {SIZE_MAX}")));
    }
    let limit = i64::from(asked.size);
    let window = Window { offset: (i64::from(asked.number) - 1) * limit, limit };
    Ok((window, v1::Info { number: asked.number, size: asked.size, total_rows: 0 }))
}
