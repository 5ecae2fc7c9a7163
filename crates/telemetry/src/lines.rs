//! Log lines in JSON, each with the request and the trace to which it belongs.
//!
//! A line carries time, level, service, target, message, then the trace of the innermost span, the fields of
//! all spans from the outermost in, and the event's own. Line breaks are escaped by JSON. A line that cannot
//! be written is lost: logging never fails what it tells about.

use std::{io::Write as _, sync::OnceLock};

use clock::{Clock, format_instant};
use opentelemetry::trace::TraceContextExt as _;
use serde_json::Value;
use tracing::{
    Dispatch, Event, Subscriber,
    dispatcher::WeakDispatch,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    fmt::MakeWriter,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use crate::line::Line;

/// Writes a line for each event.
pub(crate) struct Lines<W> {
    service: String,
    clock: Clock,
    writer: W,
    /// The way to the trace of a span, known once the subscriber is complete.
    dispatch: OnceLock<WeakDispatch>,
}

impl<W> Lines<W> {
    pub(crate) fn new(service: &str, clock: Clock, writer: W) -> Self {
        Self { service: service.to_owned(), clock, writer, dispatch: OnceLock::new() }
    }

    /// Gives trace and span of the innermost span that has them.
    fn trace<'a, S: LookupSpan<'a>>(&self, innermost: &SpanRef<'a, S>) -> Option<(String, String)> {
        let dispatch = self.dispatch.get()?.upgrade()?;
        innermost.scope().find_map(|span| {
            let context = tracing_opentelemetry::get_otel_context(&span.id(), &dispatch)?;
            let span = context.span();
            let span = span.span_context();
            span.is_valid().then(|| (span.trace_id().to_string(), span.span_id().to_string()))
        })
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // A second registration changes nothing: a layer belongs to one subscriber.
        self.dispatch.get_or_init(|| dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Line::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Line>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut own = Line::default();
        event.record(&mut own);
        let mut line = Line::default();
        line.set("timestamp", format_instant(self.clock.now()));
        line.set("level", event.metadata().level().as_str());
        line.set("service", self.service.as_str());
        line.set("target", own.take("log.target").unwrap_or_else(|| event.metadata().target().into()));
        line.set("message", own.take("message").unwrap_or_else(|| Value::from(event.metadata().name())));
        own.drop_prefixed("log.");
        if let Some(innermost) = context.event_span(event) {
            if let Some((trace, span)) = self.trace(&innermost) {
                line.set("trace_id", trace);
                line.set("span_id", span);
            }
            line.set("span", innermost.name());
            for span in innermost.scope().from_root() {
                line.extend(span.extensions().get::<Line>().cloned().unwrap_or_default());
            }
        }
        line.extend(own);
        if let Ok(mut bytes) = serde_json::to_vec(&line) {
            bytes.push(b'\n');
            drop(self.writer.make_writer_for(event.metadata()).write_all(&bytes));
        }
    }
}
