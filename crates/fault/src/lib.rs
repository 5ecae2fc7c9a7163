//! fault: being written.
