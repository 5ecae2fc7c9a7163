//! Sending traces: they arrive, and nobody ever waits for the collector.
//!
//! Reliability D7: with the exporter on the program's own runtime, a runtime of one worker hangs. Each test
//! here therefore flushes from the only worker there is.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_server::{TraceService, TraceServiceServer},
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::{self, Runtime};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, async_trait};
use tracing::info_span;

use super::{Caught, settings};
use crate::{Guard, export, start::subscriber};

/// More than any of this may take; a hang is found by it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Takes in traces and keeps the names of their spans.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans;
        let scopes = resources.into_iter().flat_map(|resource| resource.scope_spans);
        let names = scopes.flat_map(|scope| scope.spans).map(|span| span.name);
        self.0.lock().unwrap().extend(names);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// Runs a collector on a thread of its own, as a real one runs in a process of its own.
fn collector() -> (Collector, SocketAddr) {
    let collector = Collector::default();
    let (tell, told) = mpsc::channel();
    let service = TraceServiceServer::new(collector.clone());
    thread::spawn(move || {
        runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let incoming = TcpListenerStream::new(listener);
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        });
    });
    (collector, told.recv_timeout(PATIENCE).unwrap())
}

/// Does something on a thread of its own and fails, rather than waits for ever, if it hangs.
fn within_patience<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(run()));
    told.recv_timeout(PATIENCE).expect("it hangs, or it panicked")
}

/// Makes a span and sends it from the only worker of a runtime, which is blocked meanwhile.
fn flush_from_the_only_worker(address: SocketAddr, runtime: &Runtime) -> SdkTracerProvider {
    let settings = settings(Some(format!("http://{address}")));
    runtime.block_on(async move {
        let worker = tokio::spawn(async move {
            let provider = export::provider(&settings, "room").unwrap();
            let subscriber = subscriber(&settings, "room", &provider, Caught::default()).unwrap();
            tracing::subscriber::with_default(subscriber, || info_span!("record_expense").in_scope(|| ()));
            provider.force_flush().unwrap();
            provider
        });
        worker.await.unwrap()
    })
}

#[test]
fn a_runtime_of_one_worker_sends_its_traces_and_does_not_hang() {
    let (collector, address) = collector();
    within_patience(move || {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        drop(flush_from_the_only_worker(address, &runtime));
    });
    assert_eq!(*collector.0.lock().unwrap(), ["record_expense"]);
}

#[test]
fn a_runtime_of_the_current_thread_sends_its_traces_and_does_not_hang() {
    let (collector, address) = collector();
    within_patience(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        drop(flush_from_the_only_worker(address, &runtime));
    });
    assert_eq!(*collector.0.lock().unwrap(), ["record_expense"]);
}

#[test]
fn a_shutdown_sends_what_is_left() {
    let (collector, address) = collector();
    within_patience(move || {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let provider = flush_from_the_only_worker(address, &runtime);
        let settings = settings(Some(format!("http://{address}")));
        let subscriber = subscriber(&settings, "room", &provider, Caught::default()).unwrap();
        tracing::subscriber::with_default(subscriber, || info_span!("last").in_scope(|| ()));
        runtime.block_on(Guard::of(provider).shutdown());
    });
    assert_eq!(*collector.0.lock().unwrap(), ["record_expense", "last"]);
}

#[test]
fn a_collector_that_never_answers_holds_up_the_shutdown_for_two_seconds_at_most() {
    // A listener that nobody accepts from: connections open and then stay silent.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let took = within_patience(move || {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let settings = settings(Some(format!("http://{address}")));
        let provider = export::provider(&settings, "room").unwrap();
        let subscriber = subscriber(&settings, "room", &provider, Caught::default()).unwrap();
        tracing::subscriber::with_default(subscriber, || info_span!("lost").in_scope(|| ()));
        let began = Instant::now();
        runtime.block_on(Guard::of(provider).shutdown());
        drop(runtime);
        began.elapsed()
    });
    assert!(took < Duration::from_secs(3), "{took:?}");
    drop(silent);
}

#[test]
fn the_exporter_does_not_trace_itself() {
    let (collector, address) = collector();
    within_patience(move || {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let chatty =
            crate::Settings { filter: "trace".to_owned(), ..settings(Some(format!("http://{address}"))) };
        let provider = export::provider(&chatty, "room").unwrap();
        let subscriber = subscriber(&chatty, "room", &provider, Caught::default()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let _span = tracing::span!(target: "h2::client", tracing::Level::INFO, "carrier").entered();
            info_span!("ours").in_scope(|| ());
        });
        runtime.block_on(async { provider.force_flush().unwrap() });
    });
    assert_eq!(*collector.0.lock().unwrap(), ["ours"]);
}
