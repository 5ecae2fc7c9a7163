//! What is let through to the logs and to the traces.
//!
//! A quiet log level must not lose the request id, so spans up to `info` always pass and only events are
//! held against the filter of the settings. The plumbing's own spans never become traces: the exporter uses
//! the same plumbing, and would trace itself without end.

use tracing::{
    Level, Metadata, Subscriber,
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_subscriber::{
    EnvFilter,
    filter::Targets,
    layer::{Context, Filter},
};

/// Crates that carry the export itself.
const CARRIERS: [&str; 6] = ["h2", "hyper", "hyper_util", "tonic", "tower", "opentelemetry"];

/// Lets spans of ours become traces, and nothing of the plumbing.
pub(crate) fn traced() -> Targets {
    let targets = Targets::new().with_default(LevelFilter::INFO);
    targets.with_targets(CARRIERS.map(|name| (name, LevelFilter::OFF)))
}

/// Lets every span up to `info` pass, and events by a filter.
pub(crate) struct Logged(pub(crate) EnvFilter);

impl Logged {
    fn is_plain_span(metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && *metadata.level() <= Level::INFO
    }
}

impl<S: Subscriber> Filter<S> for Logged {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        Self::is_plain_span(metadata) || Filter::enabled(&self.0, metadata, context)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        let interest = Filter::<S>::callsite_enabled(&self.0, metadata);
        if Self::is_plain_span(metadata) { Interest::always() } else { interest }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Filter::<S>::max_level_hint(&self.0).map(|level| level.max(LevelFilter::INFO))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        Filter::on_new_span(&self.0, attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        Filter::on_record(&self.0, id, values, context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        Filter::on_enter(&self.0, id, context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        Filter::on_exit(&self.0, id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        Filter::on_close(&self.0, id, context);
    }
}
