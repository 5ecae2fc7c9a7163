//! durable: being written.
