//! Starting: once for the process, however often.
//!
//! The only tests that touch the process's own subscriber and recorder; both may run in any order, together.

use super::settings;
use crate::{render_metrics, start};

#[tokio::test]
async fn services_of_one_process_start_and_stop_telemetry_each_for_itself() {
    let first = start(&settings(None), "user").unwrap();
    let second = start(&settings(Some("http://127.0.0.1:1".to_owned())), "room").unwrap();
    first.shutdown().await;
    metrics::counter!("test_after_first_shutdown_total").increment(1);
    assert!(render_metrics().contains("test_after_first_shutdown_total 1"));
    let span = tracing::info_span!("still traced");
    assert!(span.in_scope(crate::current_trace_id).is_some());
    second.shutdown().await;
    start(&settings(None), "bill").unwrap().shutdown().await;
}

#[tokio::test]
async fn metrics_are_rendered_with_buckets_for_seconds() {
    let guard = start(&settings(None), "user").unwrap();
    metrics::histogram!("test_request_duration_seconds", "method" => "List").record(0.003);
    let text = render_metrics();
    assert!(text.contains(r#"test_request_duration_seconds_bucket{method="List",le="0.005"} 1"#), "{text}");
    assert!(text.contains(r#"test_request_duration_seconds_bucket{method="List",le="0.0025"} 0"#), "{text}");
    guard.shutdown().await;
}
