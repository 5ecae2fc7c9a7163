//! risk: being written.
