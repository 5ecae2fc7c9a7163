//! Sending traces by OTLP, on a thread and runtime of its own.
//!
//! The exporter's connection lives on a runtime that nothing else uses, so that a program whose only worker
//! is busy, or waits for the flush, cannot hang it (reliability D7). What cannot be sent is dropped after a
//! while and counted; nobody waits for a collector.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use opentelemetry_otlp::{SpanExporter as Otlp, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter},
};
use tokio::{runtime, sync::oneshot};

use crate::{Settings, StartError};

const SEND_TIMEOUT: Duration = Duration::from_secs(2);
const BATCH_DELAY: Duration = Duration::from_secs(2);
const QUEUED_SPANS_MAX: usize = 4_096;

/// Makes the source of traces. Without a collector trace ids are still made, for logs and callers, but no
/// span is kept.
pub(crate) fn provider(settings: &Settings, service: &str) -> Result<SdkTracerProvider, StartError> {
    let resource = Resource::builder().with_service_name(service.to_owned()).build();
    let provider = SdkTracerProvider::builder().with_resource(resource);
    let Some(endpoint) = &settings.otlp_endpoint else {
        return Ok(provider.with_sampler(Sampler::AlwaysOff).build());
    };
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUED_SPANS_MAX)
        .with_scheduled_delay(BATCH_DELAY)
        .build();
    let processor = BatchSpanProcessor::builder(Apart::start(endpoint)?).with_batch_config(config).build();
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sampled)));
    Ok(provider.with_sampler(sampler).with_span_processor(processor).build())
}

/// Runs an exporter apart from everything else.
struct Apart {
    exporter: Arc<Otlp>,
    runtime: runtime::Handle,
    is_failing: AtomicBool,
    /// Dropping it ends the thread.
    _stop: oneshot::Sender<()>,
}

impl fmt::Debug for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Apart")
    }
}

impl Apart {
    fn start(endpoint: &str) -> Result<Self, StartError> {
        let apart =
            runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Runtime)?;
        let runtime = apart.handle().clone();
        let exporter = {
            let _entered = runtime.enter();
            Otlp::builder().with_tonic().with_endpoint(endpoint).with_timeout(SEND_TIMEOUT).build()
        };
        let exporter = exporter.map_err(|error| StartError::Exporter(error.to_string()))?;
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("telemetry-export".to_owned())
            .spawn(move || drop(apart.block_on(stopped)))
            .map_err(StartError::Runtime)?;
        Ok(Self { exporter: Arc::new(exporter), runtime, is_failing: AtomicBool::new(false), _stop: stop })
    }

    /// Counts what was lost, and says so once until it works again.
    fn note(&self, spans: usize, result: &OTelSdkResult) {
        let spans = u64::try_from(spans).unwrap_or(u64::MAX);
        match result {
            Ok(()) => {
                metrics::counter!("telemetry_spans_sent_total").increment(spans);
                if self.is_failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("traces are sent again");
                }
            }
            Err(error) => {
                metrics::counter!("telemetry_spans_lost_total").increment(spans);
                if !self.is_failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "traces cannot be sent, and are dropped until they can");
                }
            }
        }
    }
}

impl SpanExporter for Apart {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let exporter = Arc::clone(&self.exporter);
        let sending = self.runtime.spawn(async move { exporter.export(batch).await });
        let result = match sending.await {
            Ok(result) => result,
            Err(error) => Err(OTelSdkError::InternalFailure(error.to_string())),
        };
        self.note(spans, &result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(exporter) = Arc::get_mut(&mut self.exporter) {
            exporter.set_resource(resource);
        }
    }
}
