//! Metrics: the recorder behind the `metrics` facade, rendered in Prometheus' text form.
//!
//! There is no listener here: `operations` serves the text. Histograms whose names end in `_seconds` get the
//! buckets below; every other histogram is a summary.

use std::{sync::OnceLock, thread, time::Duration};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::StartError;

/// Bounds in seconds, from a cache hit to a request that ran out of time.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// How often measured values are folded, so that they do not pile up when nobody reads them.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Renders all metrics of the process. *Shape*: Prometheus' text form; empty before [`crate::start`].
pub fn render_metrics() -> String {
    RECORDER.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Puts the recorder in place. A recorder that somebody else installed before stays.
pub(crate) fn install() -> Result<(), StartError> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .map_err(|error| StartError::Metrics(error.to_string()))?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() || RECORDER.set(handle.clone()).is_err() {
        return Ok(());
    }
    thread::Builder::new()
        .name("telemetry-upkeep".to_owned())
        .spawn(move || {
            loop {
                thread::sleep(UPKEEP_EVERY);
                handle.run_upkeep();
            }
        })
        .map(drop)
        .map_err(StartError::Runtime)
}
