//! Trace context between processes.
//!
//! A `traceparent` from outside is untrusted text: what is not exactly of the W3C's form must leave no mark on
//! the span.

use tracing::{Span, info_span};

use super::{Caught, settings};
use crate::{current_trace_id, export, follow, start::subscriber, traceparent};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn traced(run: impl FnOnce()) {
    let settings = settings(None);
    let provider = export::provider(&settings, "room").unwrap();
    let subscriber = subscriber(&settings, "room", &provider, Caught::default()).unwrap();
    tracing::subscriber::with_default(subscriber, run);
}

#[test]
fn a_span_follows_the_one_of_another_process() {
    traced(|| {
        let span = info_span!("request");
        assert!(follow(&span, &format!("00-{TRACE}-00f067aa0ba902b7-01")));
        let _entered = span.enter();
        assert_eq!(current_trace_id().as_deref(), Some(TRACE));
        let sent = traceparent().unwrap();
        assert!(sent.starts_with(&format!("00-{TRACE}-")), "{sent}");
        assert!(
            !sent.contains("00f067aa0ba902b7"),
            "the next process follows this span, not the first: {sent}"
        );
    });
}

#[test]
fn what_this_process_sends_another_can_follow() {
    traced(|| {
        let sent = info_span!("caller").in_scope(|| traceparent().unwrap());
        let span = info_span!("callee");
        assert!(follow(&span, &sent));
        assert_eq!(span.in_scope(|| current_trace_id().unwrap()), sent[3..35]);
    });
}

#[test]
fn spans_without_a_caller_have_traces_of_their_own() {
    traced(|| {
        let one = info_span!("one").in_scope(current_trace_id);
        let two = info_span!("two").in_scope(current_trace_id);
        assert!(one.is_some() && two.is_some() && one != two);
    });
}

#[test]
fn outside_every_span_there_is_no_trace() {
    traced(|| assert_eq!((current_trace_id(), traceparent()), (None, None)));
    assert_eq!(current_trace_id(), None);
    assert!(!follow(&Span::none(), &format!("00-{TRACE}-00f067aa0ba902b7-01")));
}

#[test]
fn what_is_no_traceparent_is_ignored() {
    let bad = [
        String::new(),
        "nonsense".to_owned(),
        format!("00-{TRACE}-00f067aa0ba902b7"),
        format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
        format!("ff-{TRACE}-00f067aa0ba902b7-01"),
        format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
        format!("00-{TRACE}-{}-01", "0".repeat(16)),
        format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
        format!("00-{}-00f067aa0ba902b7-01", &TRACE[1..]),
        format!("00-+{}-00f067aa0ba902b7-01", &TRACE[1..]),
        format!("00-{TRACE}-00f067aa0ba902b7-+1"),
    ];
    traced(|| {
        for text in &bad {
            let span = info_span!("request");
            assert!(!follow(&span, text), "{text}");
            assert_ne!(span.in_scope(current_trace_id).as_deref(), Some(TRACE), "{text}");
        }
    });
}
