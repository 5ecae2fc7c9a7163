//! payment: being written.
