//! Starting and ending: once for the process, however many services it runs.
//!
//! The first start decides the settings and the name; later ones join it (`dormpay all`, tests). A process
//! that has a subscriber of its own already keeps it.

use std::{
    io::{self, IsTerminal as _},
    sync::{Mutex, OnceLock, PoisonError},
    thread,
    time::Duration,
};

use clock::Clock;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::{sync::oneshot, time};
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt as _, registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use crate::{
    Format, Settings, export,
    filter::{Logged, traced},
    lines::Lines,
    metric,
};

const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

static STARTED: OnceLock<SdkTracerProvider> = OnceLock::new();
static STARTING: Mutex<()> = Mutex::new(());

/// Says why logs, traces or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The filter of the settings cannot be read.
    #[error("log filter: {0}")]
    Filter(String),
    /// The exporter of traces refused its settings.
    #[error("exporter of traces: {0}")]
    Exporter(String),
    /// The recorder of metrics refused its settings.
    #[error("metrics: {0}")]
    Metrics(String),
    /// The system gave no thread or runtime.
    #[error("thread of telemetry: {0}")]
    Runtime(#[source] io::Error),
}

/// Stands for a part of the program that is seen. Shut it down last, so that its last traces are sent.
#[derive(Debug)]
#[must_use = "without a shutdown the last traces are lost"]
pub struct Guard(SdkTracerProvider);

/// Sets up logs (to standard error), traces and metrics, or joins what another part has set up.
///
/// *Idempotent* per process: settings and `service` of the first call count.
/// *Errors*: [`StartError`]; settings that were read by [`Settings::read`] cause none but by the system.
pub fn start(settings: &Settings, service: &str) -> Result<Guard, StartError> {
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(provider) = STARTED.get() {
        return Ok(Guard::of(provider.clone()));
    }
    metric::install()?;
    let provider = export::provider(settings, service)?;
    // A subscriber set by somebody else, such as a test, stays: logs then go there and traces nowhere.
    drop(subscriber(settings, service, &provider, io::stderr)?.try_init());
    Ok(Guard::of(STARTED.get_or_init(|| provider).clone()))
}

impl Guard {
    pub(crate) const fn of(provider: SdkTracerProvider) -> Self {
        Self(provider)
    }

    /// Sends what is left to be sent, for at most two seconds, without blocking a worker.
    pub async fn shutdown(self) {
        let (done, finished) = oneshot::channel();
        // A thread, not a blocking task: a runtime waits for those when it ends, however long they take.
        let flushing = thread::Builder::new().name("telemetry-flush".to_owned()).spawn(move || {
            drop(self.0.force_flush());
            let _ = done.send(());
        });
        if flushing.is_ok() && time::timeout(FLUSH_TIMEOUT, finished).await.is_err() {
            tracing::warn!("the last traces could not be sent in {} s", FLUSH_TIMEOUT.as_secs());
        }
    }
}

/// Builds the subscriber: traces first, so that the log lines find them.
pub(crate) fn subscriber<W>(
    settings: &Settings,
    service: &str,
    provider: &SdkTracerProvider,
    writer: W,
) -> Result<impl Subscriber + Send + Sync + 'static, StartError>
where
    W: for<'w> fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    // A span is found through its id, so nothing need be done each time one is entered; and what a span spent its time
    // on, in which thread and line, nobody asked.
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("dormpay"))
        .with_context_activation(false)
        .with_tracked_inactivity(false)
        .with_location(false)
        .with_threads(false)
        .with_filter(traced());
    Ok(Registry::default().with(traces).with(logs(settings, service, writer)?))
}

/// Builds the log layer. It is boxed, for an `Option` of a layer would not tell it of its subscriber, through
/// which it finds the traces.
fn logs<S, W>(
    settings: &Settings,
    service: &str,
    writer: W,
) -> Result<Box<dyn Layer<S> + Send + Sync>, StartError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    let filter =
        EnvFilter::try_new(&settings.filter).map_err(|error| StartError::Filter(error.to_string()))?;
    Ok(match settings.format {
        Format::Json => Lines::new(service, Clock::system(), writer).with_filter(Logged(filter)).boxed(),
        Format::Pretty => {
            let layer = fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(writer);
            layer.with_filter(Logged(filter)).boxed()
        }
    })
}
