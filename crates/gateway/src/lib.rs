//! gateway: being written.
