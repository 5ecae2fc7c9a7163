//! testkit: being written.
