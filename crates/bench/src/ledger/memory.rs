//! Does the service's memory stay where it is, however many transfers it carries out?
//!
//! Read after the first tenth, when caches and pools are full, and at the end. The rule not to be broken: in between
//! the process is the same, and so is the load.

use std::{io::Write, time::Duration};

use anyhow::{Context, Result};

use super::{
    Bench,
    gang::{Gang, singles},
    prove,
};
use crate::{
    book::{ACCOUNTS, Pick},
    cpu,
    databases::YOUNG,
    dorm::step,
    figures::megabytes,
    report::Report,
};

const CALLERS: usize = 256;
const PIECE: Duration = Duration::from_secs(5);
/// Growth of a fifth is no longer flat.
const FLAT_MIN: f64 = 1.0 / 1.2;

/// Measures resident memory over many transfers.
pub(super) async fn measure(bench: &Bench<'_>, (report, out): (&mut Report, &mut impl Write)) -> Result<()> {
    let transfers = bench.options.transfers;
    step(out, &format!("memory over {transfers} transfers"))?;
    let mut wallet = bench.wallet("wallet_memory", YOUNG).await?;
    let pid = wallet.pid()?;
    let resident = || {
        let kib = cpu::resident_kib(pid).context("the memory of dormpay cannot be read")?;
        anyhow::Ok(megabytes(kib))
    };
    report.figure("memory_fresh", (resident()?, "MB"), "resident, before the first transfer between users");
    let callers = singles(&wallet, bench.keys, ("memory", CALLERS), (ACCOUNTS, Pick::Uniform))?;
    let mut gang = Gang::new(callers, 1);
    let mut before = None;
    while gang.done < transfers {
        gang.turn(PIECE, bench.watched(pid)).await?;
        gang.times.clear();
        if before.is_none() && gang.done >= transfers / 10 {
            before = Some(resident()?);
        }
        writeln!(out, "    {} transfers, {:.1} MB", gang.done, resident()?)?;
    }
    let (before, after) = (before.context("there was no first tenth")?, resident()?);
    tell(report, gang.done, (before, after));
    report.figure("memory_rate", (gang.median_rate(), "per_s"), "sustained, 256 callers");
    prove(bench, &mut wallet, out).await
}

#[expect(clippy::float_arithmetic, reason = "measured memory is no money")]
fn tell(report: &mut Report, transfers: u32, (before, after): (f64, f64)) {
    let note = format!("{before:.1} MB after a tenth / {after:.1} MB after {transfers} transfers");
    report.ratio("memory_flat", (before / after, FLAT_MIN), note);
    report.figure("memory_before", (before, "MB"), "resident, after a tenth of the transfers");
    report.figure("memory_after", (after, "MB"), format!("resident, after {transfers} transfers"));
}
