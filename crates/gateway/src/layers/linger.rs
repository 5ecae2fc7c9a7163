//! An answer that comes before the whole body was read: the rest is read and thrown away first.
//!
//! A connection that is closed while its client still writes is reset, and the client loses the answer that says
//! what was wrong. What is too much is decided elsewhere. The rule not to be broken: neither the rest nor the wait
//! is without bound.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    response::Response,
};
use http::header::EXPECT;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::timeout;

/// What is thrown away at most; who sends more is cut off.
const REST_BYTES_MAX: usize = 16 * 1024 * 1024;
const REST_TIMEOUT: Duration = Duration::from_secs(3);

/// Reads what a handler left of its request's body.
pub(super) async fn linger<F: Future<Output = Response>>(
    request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    if request.body().is_end_stream() {
        return answer(request).await;
    }
    let awaits_leave = request.headers().contains_key(EXPECT);
    let (parts, body) = request.into_parts();
    let shared = Shared(Arc::new(Mutex::new(Inner { body, is_asked: false })));
    let response = answer(Request::from_parts(parts, Body::new(shared.clone()))).await;
    // Whoever waits for our leave to send his body has not begun.
    if shared.lock().is_asked || !awaits_leave {
        let _ = timeout(REST_TIMEOUT, shared.discard()).await;
    }
    response
}

/// A body that the handler reads and that can still be read after him.
#[derive(Clone)]
struct Shared(Arc<Mutex<Inner>>);

struct Inner {
    body: Body,
    is_asked: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn discard(self) {
        let mut discarded = 0_usize;
        while discarded < REST_BYTES_MAX && !self.lock().body.is_end_stream() {
            let frame = poll_fn(|context| Pin::new(&mut self.lock().body).poll_frame(context)).await;
            let Some(Ok(frame)) = frame else { return };
            discarded = discarded.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        }
    }
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut inner = self.lock();
        inner.is_asked = true;
        Pin::new(&mut inner.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.lock().body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.lock().body.size_hint()
    }
}
