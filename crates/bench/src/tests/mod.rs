//! What the benchmark computes and says, without a clock, a database or a platform.
//!
//! No test here measures anything: a test that depends on how fast a machine is fails on a slow one. The rule not to
//! be broken: the yardstick is compared with the source of what it stands for.

mod book;
mod chaos;
mod figures;
mod http;
mod payments;
mod pgbench;
mod report;
mod seed;
mod yardstick;
