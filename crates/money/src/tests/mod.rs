//! Money, in sentences.
//!
//! Reading and printing in `reading`, JSON in `json`, division in `splitting`. Only the public face of the
//! crate is driven.

mod json;
mod reading;
mod splitting;
