//! bill: being written.
