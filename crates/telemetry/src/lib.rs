//! Seeing what runs: logs, traces and metrics on and off, and trace context across processes.
//!
//! [`start`] sets everything up once for the process; a second start joins the first. Business numbers do
//! not live here: each crate records its own through the `metrics` facade. The rule not to be broken: seeing
//! never stops the seen, so nothing here blocks, panics or waits for a collector on the program's runtime.

mod context;
mod export;
mod filter;
mod line;
mod lines;
mod metric;
mod operations;
mod settings;
mod start;

pub use crate::{
    context::{current_trace_id, follow, traceparent},
    metric::render_metrics,
    operations::{Check, Checks, operations_router, serve_operations},
    settings::{Format, Settings},
    start::{Guard, StartError, start},
};

#[cfg(test)]
mod tests;
