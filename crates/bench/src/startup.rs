//! How long the platform takes until it is ready, and how much memory it holds when nobody asks anything.
//!
//! Started several times, with the databases up and migrated; the last start stays for what follows. The rule not
//! to be broken: nothing is sent to the platform while its idle memory is waited for.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::sleep;

use crate::{
    cpu,
    figures::{Spread, megabytes, milliseconds},
    report::Report,
    stage::Stage,
};

const STARTS: u32 = 3;
const IDLE: Duration = Duration::from_secs(5);
const READY_MS_MAX: f64 = 2_000.0;
const RESIDENT_MB_MAX: f64 = 100.0;

/// Measures start and idle memory, and leaves the platform running.
#[expect(clippy::float_arithmetic, reason = "limits are turned round, so that more is better")]
pub(crate) async fn measure(stage: &mut Stage, report: &mut Report) -> Result<()> {
    let (mut ready, mut resident) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        stage.stop().await?;
        ready.push(milliseconds(stage.start().await?));
        sleep(IDLE).await;
        let kib = cpu::resident_kib(stage.pid()?).context("the memory of dormpay cannot be read")?;
        resident.push(megabytes(kib));
    }
    let ready = Spread::of(&ready).context("no start was measured")?;
    let resident = Spread::of(&resident).context("no memory was measured")?;
    let starts = format!("median of {STARTS} starts");
    report.ratio(
        "start",
        (READY_MS_MAX / ready.median, 1.0),
        "at most 2 s to ready, turned round: 2 s / time",
    );
    report.figure(
        "start_ready",
        (ready.median, "ms"),
        format!("{starts}, {:.0} to {:.0}", ready.least, ready.most),
    );
    report.ratio(
        "idle_memory",
        (RESIDENT_MB_MAX / resident.median, 1.0),
        "at most 100 MB, turned round: 100 MB / RSS",
    );
    report.figure(
        "idle_resident",
        (resident.median, "MB"),
        format!("all eight roles, 5 s after ready, {starts}"),
    );
    Ok(())
}
