//! Does memory stay where it is, however many payments are made?
//!
//! Read after the first tenth, when caches and pools are full, and at the end. The process is the whole platform, of
//! which the payment service is a part. The rule not to be broken: in between the process is the same, and so is the load.

use std::{io::Write, time::Duration};

use anyhow::{Context, Result};

use super::{Bench, money};
use crate::{
    cpu,
    dorm::step,
    figures::{Spread, megabytes, rate},
    load,
    report::Report,
};

const CLIENTS: usize = 64;
/// A tenth of the payments takes at least a few of these.
const PIECE: Duration = Duration::from_secs(2);
/// Growth of a fifth is no longer flat.
const FLAT_MIN: f64 = 1.0 / 1.2;

/// Measures resident memory over many payments.
pub(super) async fn measure(bench: &Bench<'_>, (report, out): (&mut Report, &mut impl Write)) -> Result<()> {
    let payments = bench.options.payments;
    step(out, &format!("memory over {payments} payments"))?;
    let pid = bench.stage.pid()?;
    let resident = || {
        let kib = cpu::resident_kib(pid).context("the memory of dormpay cannot be read")?;
        anyhow::Ok(megabytes(kib))
    };
    let mut clients = bench.payers.clients(bench.address(), ("memory", CLIENTS)).await?;
    let (mut done, mut rates, mut before) = (0_u32, Vec::new(), None);
    while done < payments {
        let load;
        (load, clients) = load::run(clients, PIECE).await?;
        money::all_settled(bench.stage).await?;
        done = done.saturating_add(load.done);
        rates.push(rate(load.done, load.time));
        if before.is_none() && done >= payments / 10 {
            before = Some((done, resident()?));
        }
        writeln!(out, "    {done} payments, {:.1} MB", resident()?)?;
    }
    let ((first, before), after) = (before.context("there was no first tenth")?, resident()?);
    tell(report, (first, before), (done, after));
    let spread = Spread::of(&rates).context("nothing was paid")?;
    report.figure("memory_rate", (spread.median, "per_s"), format!("payments, {CLIENTS} clients"));
    Ok(())
}

#[expect(clippy::float_arithmetic, reason = "measured memory is no money")]
fn tell(report: &mut Report, (first, before): (u32, f64), (done, after): (u32, f64)) {
    let note = format!("{before:.1} MB after {first} payments / {after:.1} MB after {done}");
    report.ratio("memory_flat", (before / after, FLAT_MIN), note);
    report.figure("memory_before", (before, "MB"), format!("resident, after {first} payments"));
    report.figure("memory_after", (after, "MB"), format!("resident, after {done} payments"));
}
