//! money: being written.
