//! The trace to which the current span belongs, and its passage between processes (W3C `traceparent`).
//!
//! Which headers carry it is the business of those who send and receive. What comes from outside is checked
//! strictly and otherwise ignored; incoming `baggage` is never read.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Gives the trace of the current span. *Shape*: 32 hexadecimal digits; none outside every span or before
/// [`crate::start`].
pub fn current_trace_id() -> Option<String> {
    with_current(|span| span.trace_id().to_string())
}

/// Gives the current span as a `traceparent` to send to another process.
pub fn traceparent() -> Option<String> {
    with_current(|span| {
        format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8())
    })
}

/// Makes a new span follow one of another process. It must not have been entered yet.
///
/// *Shape*: false when the text is no `traceparent` or the span has started; the span then has a trace of its
/// own.
pub fn follow(span: &Span, traceparent: &str) -> bool {
    parse(traceparent)
        .is_some_and(|remote| span.set_parent(Context::new().with_remote_span_context(remote)).is_ok())
}

fn with_current<T>(tell: impl FnOnce(&SpanContext) -> T) -> Option<T> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| tell(span))
}

/// Reads version 00: `00-` 32 digits `-` 16 digits `-` 2 digits, lower case. Later versions may be longer.
fn parse(text: &str) -> Option<SpanContext> {
    let is_shaped = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    let mut parts = text.splitn(5, '-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_known = version != "ff" && (version != "00" || parts.next().is_none());
    let has_lengths = (version.len(), trace.len(), span.len(), flags.len()) == (2, 32, 16, 2);
    if !(is_shaped && is_known && has_lengths) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    Some(SpanContext::new(trace, span, flags, true, TraceState::NONE)).filter(SpanContext::is_valid)
}
