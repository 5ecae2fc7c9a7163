//! Reflection, traces and metrics.

use std::time::Duration;

use tonic::{Request, Response};
use tonic_reflection::pb::{v1, v1alpha};

use super::probe::{GET, Probe, run, say, send, server};

const SERVED: [&str; 4] = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "test.Probe",
];

#[tokio::test]
async fn reflection_lists_what_is_served_and_nothing_else() {
    use v1::{ServerReflectionRequest, server_reflection_client::ServerReflectionClient};
    use v1::{server_reflection_request::MessageRequest, server_reflection_response::MessageResponse};
    let server = run(server(Probe::echo())).await;
    let request = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..Default::default()
    };
    let mut client = ServerReflectionClient::new(server.channel());
    let mut answers = client.server_reflection_info(tokio_stream(request)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = answer else { panic!("{answer:?}") };
    let mut names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    names.sort();
    assert_eq!(names, SERVED);
}

#[tokio::test]
async fn older_tools_find_reflection_too() {
    use v1alpha::{ServerReflectionRequest, server_reflection_client::ServerReflectionClient};
    use v1alpha::{server_reflection_request::MessageRequest, server_reflection_response::MessageResponse};
    let server = run(server(Probe::echo())).await;
    let symbol = MessageRequest::FileContainingSymbol("test.Probe.GetWord".to_owned());
    let request = ServerReflectionRequest { message_request: Some(symbol), ..Default::default() };
    let mut client = ServerReflectionClient::new(server.channel());
    let mut answers = client.server_reflection_info(tokio_stream(request)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    assert!(matches!(answer, Some(MessageResponse::FileDescriptorResponse(_))), "{answer:?}");
}

#[tokio::test]
async fn older_tools_see_the_same_list() {
    use v1alpha::{ServerReflectionRequest, server_reflection_client::ServerReflectionClient};
    use v1alpha::{server_reflection_request::MessageRequest, server_reflection_response::MessageResponse};
    let server = run(server(Probe::echo())).await;
    let list = MessageRequest::ListServices(String::new());
    let request = ServerReflectionRequest { message_request: Some(list), ..Default::default() };
    let mut client = ServerReflectionClient::new(server.channel());
    let mut answers = client.server_reflection_info(tokio_stream(request)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = answer else { panic!("{answer:?}") };
    let mut names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    names.sort();
    assert_eq!(names, SERVED);
}

fn tokio_stream<T: Send + 'static>(item: T) -> impl futures::Stream<Item = T> + Send + 'static {
    futures::stream::once(async { item })
}

#[tokio::test]
async fn a_call_belongs_to_the_trace_of_its_caller() {
    let probe = Probe::new(async |_| Ok(Response::new(telemetry::current_trace_id().unwrap_or_default())));
    let server = run(server(probe)).await;
    let mut request = Request::new(String::new());
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    assert_eq!(send(&server.channel(), GET, request).await.unwrap(), trace);
}

#[tokio::test]
async fn calls_are_counted_by_method_and_unknown_methods_under_one_name() {
    let server = run(server(Probe::echo())).await;
    say(&server.channel(), GET, "hello").await.unwrap();
    say(&server.channel(), "/test.Probe/MadeUpName", "hello").await.unwrap_err();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let metrics = telemetry::render_metrics();
    let counted = |line: &str| metrics.lines().any(|found| found.starts_with(line));
    let method = r#"rpc_server_calls_total{service="probe",method="/test.Probe/GetWord",code="Ok"}"#;
    assert!(counted(method), "{metrics}");
    let unknown = r#"rpc_server_calls_total{service="probe",method="unknown",code="Unimplemented"}"#;
    assert!(counted(unknown), "{metrics}");
    assert!(!metrics.contains(r#"rpc_server_calls_total{service="probe",method="/test.Probe/MadeUpName""#));
    assert!(metrics.contains("rpc_client_seconds_bucket"), "{metrics}");
}
