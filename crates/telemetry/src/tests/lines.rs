//! Log lines: what each carries, and what cannot break them.
//!
//! Lines are parsed as JSON before anything is claimed about them, so that a broken line fails every claim at
//! once.

use tracing::{debug, error, info, info_span, warn};

use super::{Caught, settings};
use crate::{Settings, current_trace_id, export, start::subscriber};

/// Runs with JSON lines caught.
fn caught(settings: &Settings, run: impl FnOnce()) -> Caught {
    let caught = Caught::default();
    let provider = export::provider(settings, "expense").unwrap();
    let subscriber = subscriber(settings, "expense", &provider, caught.clone()).unwrap();
    tracing::subscriber::with_default(subscriber, run);
    caught
}

#[test]
fn a_line_carries_the_request_and_the_trace_of_its_spans() {
    let mut trace = None;
    let caught = caught(&settings(None), || {
        let _request = info_span!("request", request_id = "r-1", method = "POST").entered();
        let _operation = info_span!("record_expense", room_id = 7).entered();
        trace = current_trace_id();
        info!(expense_id = 42, duration_ms = 3, "expense 42 was recorded");
    });
    let lines = caught.lines();
    let line = lines.first().unwrap();
    assert_eq!(line["message"], "expense 42 was recorded");
    assert_eq!((&line["level"], &line["service"]), (&"INFO".into(), &"expense".into()));
    assert_eq!((&line["request_id"], &line["room_id"]), (&"r-1".into(), &7.into()));
    assert_eq!((&line["expense_id"], &line["duration_ms"]), (&42.into(), &3.into()));
    assert_eq!(line["span"], "record_expense");
    assert_eq!(line["trace_id"].as_str().map(str::to_owned), trace);
    assert_eq!(line["trace_id"].as_str().unwrap().len(), 32);
    assert_eq!(line["span_id"].as_str().unwrap().len(), 16);
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn a_field_recorded_later_is_on_the_lines_that_follow() {
    let caught = caught(&settings(None), || {
        let span = info_span!("request", user_id = tracing::field::Empty);
        let _entered = span.enter();
        info!("before");
        span.record("user_id", 5);
        info!("after");
    });
    let lines = caught.lines();
    assert!(lines[0].get("user_id").is_none());
    assert_eq!(lines[1]["user_id"], 5);
}

#[test]
fn the_request_id_is_there_even_where_only_warnings_are_logged() {
    let quiet = Settings { filter: "warn".to_owned(), ..settings(None) };
    let caught = caught(&quiet, || {
        let _request = info_span!("request", request_id = "r-2").entered();
        info!("not logged");
        warn!("logged");
    });
    let lines = caught.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["request_id"], "r-2");
    assert!(lines[0]["trace_id"].is_string());
}

#[test]
fn a_line_break_or_a_quote_in_a_value_does_not_make_a_line_of_its_own() {
    let caught = caught(&settings(None), || {
        info!(title = "rent\n{\"level\":\"ERROR\"}", "a title \"with\"\r\nbreaks");
    });
    assert_eq!(caught.text().lines().count(), 1);
    assert_eq!(caught.lines()[0]["level"], "INFO");
}

#[test]
fn the_fields_of_an_event_win_over_those_of_its_spans_and_no_name_is_written_twice() {
    let caught = caught(&settings(None), || {
        let _outer = info_span!("outer", attempt = 1, room_id = 1).entered();
        let _inner = info_span!("inner", room_id = 2).entered();
        info!(attempt = 3, "again");
    });
    let text = caught.text();
    assert_eq!(text.matches("\"attempt\"").count(), 1, "{text}");
    assert_eq!((&caught.lines()[0]["attempt"], &caught.lines()[0]["room_id"]), (&3.into(), &2.into()));
}

#[test]
fn a_value_that_is_too_long_is_cut() {
    let caught = caught(&settings(None), || info!(body = "界".repeat(100_000), "long"));
    assert_eq!(caught.lines()[0]["body"].as_str().unwrap().chars().count(), 4_001);
}

#[test]
fn an_error_is_written_with_its_causes() {
    let cause = std::io::Error::other("connection reset");
    let failure = crate::StartError::Runtime(cause);
    let caught = caught(&settings(None), || {
        let error: &dyn std::error::Error = &failure;
        error!(error, "start ended");
    });
    assert_eq!(caught.lines()[0]["error"], "thread of telemetry: connection reset: connection reset");
}

#[test]
fn what_the_filter_holds_back_is_not_written() {
    let caught = caught(&settings(None), || debug!("detail"));
    assert_eq!(caught.text(), "");
}
