//! What is remembered: the only SQL of this service.
//!
//! There is none yet: the state of tasks, keys and audit rows is kept by `durable`. Payments bring their own.
