//! tidy: being written.
