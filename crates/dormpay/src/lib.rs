//! dormpay: being written.
