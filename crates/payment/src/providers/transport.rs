//! HTTP to the providers: one request, one answer, bounded in time and size.
//!
//! Nothing here knows a provider. Redirects are not followed: no provider's interface sends any, and a signature covers
//! the address. The rule not to be broken: only calls that are safe to repeat are repeated.

use std::{error::Error as _, fmt, future::Future, time::Duration};

use backon::{ExponentialBuilder, Retryable as _};
use fault::Fault;
use reqwest::{
    Client, Request, Response,
    header::{CONTENT_LENGTH, HeaderMap},
    redirect::Policy,
};
use tokio::task::spawn_blocking;

use super::vocabulary::{Refusal, Trouble};

const CONNECT_MAX: Duration = Duration::from_secs(3);
/// One try, from connecting to the last byte.
const ATTEMPT_MAX: Duration = Duration::from_secs(8);
const BILL_MAX: Duration = Duration::from_mins(1);
const IDLE_CONNECTIONS_MAX: usize = 16;
/// Shorter than the other side's: a request on a connection that is being closed there has an unknown effect.
const IDLE_MAX: Duration = Duration::from_secs(5);
/// The most that an answer may hold.
pub(crate) const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// The most that a packed bill may hold.
pub(crate) const BILL_BYTES_MAX: usize = 64 * 1024 * 1024;
const RETRIES_MAX: usize = 2;
const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(2);
const AGENT: &str = concat!("dormpay/", env!("CARGO_PKG_VERSION"));

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// One try of a call.
    pub attempt: Duration,
    /// One try of fetching a bill.
    pub bill: Duration,
    /// The pause before the first repetition; it doubles.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { attempt: ATTEMPT_MAX, bill: BILL_MAX, pause: PAUSE_MIN }
    }
}

/// A client. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    client: Client,
    limits: Limits,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) const fn is_success(&self) -> bool {
        200 <= self.status && self.status < 300
    }

    /// Tells whether the other side says that it failed, so that nothing is known.
    pub(crate) const fn is_failure_of_theirs(&self) -> bool {
        self.status >= 500 || self.status == 429
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Why there is no answer; whether the request arrived is not known.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn local(why: &str) -> Self {
        Self(why.to_owned())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Unknown { why: failure.0 }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        // An address may hold what nobody else may know.
        let error = error.without_url();
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self(text)
    }
}

impl Transport {
    /// Makes one. *Errors*: internal, if there are no certificates to trust.
    pub(crate) fn new(limits: Limits) -> Result<Self, Fault> {
        // Another part of the program may have done it: just as good.
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = Client::builder()
            .connect_timeout(CONNECT_MAX)
            .redirect(Policy::none())
            .referer(false)
            .user_agent(AGENT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .pool_idle_timeout(IDLE_MAX)
            .build();
        Ok(Self { client: client.map_err(Fault::internal)?, limits })
    }

    /// Sends once and reads the whole answer.
    pub(crate) async fn send(&self, request: Request) -> Result<Received, Failure> {
        self.exchange(request, self.limits.attempt, ANSWER_BYTES_MAX).await
    }

    /// Fetches a bill once.
    pub(crate) async fn fetch_bill(&self, request: Request) -> Result<Received, Failure> {
        self.exchange(request, self.limits.bill, BILL_BYTES_MAX).await
    }

    /// Runs a call that is safe to repeat, again after no answer or a failure of theirs. *Shape*: at most three tries.
    pub(crate) async fn repeat<F, R>(&self, run: R) -> Result<Received, Failure>
    where
        F: Future<Output = Result<Received, Failure>>,
        R: FnMut() -> F,
    {
        let mut run = run;
        let outcome = (|| {
            let next = run();
            async move {
                match next.await {
                    Ok(received) if received.is_failure_of_theirs() => Err(Ok(received)),
                    Ok(received) => Ok(received),
                    Err(failure) => Err(Err(failure)),
                }
            }
        })
        .retry(
            ExponentialBuilder::default()
                .with_min_delay(self.limits.pause)
                .with_max_delay(PAUSE_MAX)
                .with_max_times(RETRIES_MAX)
                .with_jitter(),
        )
        .await;
        outcome.or_else(|last| last)
    }

    async fn exchange(
        &self,
        mut request: Request,
        within: Duration,
        bytes_max: usize,
    ) -> Result<Received, Failure> {
        *request.timeout_mut() = Some(within);
        let response = self.client.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = whole(response, bytes_max).await?;
        Ok(Received { status, headers, body })
    }
}

async fn whole(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure(format!("an answer of more than {bytes_max} bytes"));
    let announced =
        response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: usize| bytes > bytes_max) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len().saturating_add(chunk.len()) > bytes_max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Computes off the threads that serve: every operation with a private key, and unpacking of bills.
pub(crate) async fn aside<T: Send + 'static>(
    run: impl FnOnce() -> Result<T, wire::Error> + Send + 'static,
) -> Result<T, Trouble> {
    let done = spawn_blocking(run).await.map_err(Trouble::unknown)?;
    done.map_err(|error| Trouble::here(Refusal::Other, error.to_string()))
}
