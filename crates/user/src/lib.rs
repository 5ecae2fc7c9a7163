//! user: being written.
