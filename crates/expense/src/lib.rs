//! expense: being written.
