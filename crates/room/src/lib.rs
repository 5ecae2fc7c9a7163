//! room: being written.
