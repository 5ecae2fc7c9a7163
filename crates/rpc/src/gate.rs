//! Who knocks: the hook of a server that decides about a call, and the proof that a channel shows.
//!
//! Tokens, tables and callers live in `identity`, which implements both traits. The rule not to be broken: a
//! server without a gate admits nobody.

use std::{fmt, sync::Arc};

use fault::Fault;
use http::{Extensions, HeaderMap};

/// Decides whether a call may pass, before its message is read.
#[async_trait::async_trait]
pub trait Gate: Send + Sync + 'static {
    /// Checks a call to a method such as `/dormpay.user.v1.UserService/Register`. It runs inside the call's
    /// [`crate::Context`] and deadline, also for health and reflection.
    ///
    /// *Shape*: what it returns is put into the extensions of the request.
    async fn check(&self, method: &str, headers: &HeaderMap) -> Result<Extensions, Fault>;
}

#[async_trait::async_trait]
impl<G: Gate + ?Sized> Gate for Box<G> {
    async fn check(&self, method: &str, headers: &HeaderMap) -> Result<Extensions, Fault> {
        self.as_ref().check(method, headers).await
    }
}

#[async_trait::async_trait]
impl<G: Gate + ?Sized> Gate for Arc<G> {
    async fn check(&self, method: &str, headers: &HeaderMap) -> Result<Extensions, Fault> {
        self.as_ref().check(method, headers).await
    }
}

/// Proves which service calls.
pub trait Credentials: fmt::Debug + Send + Sync + 'static {
    /// Gives the present proof as `Bearer` and a token; empty if there is none. Called for every call: cheap.
    fn authorization(&self) -> String;
}

/// Lets every call pass. For tests, and for what has nothing to protect.
#[derive(Clone, Copy, Debug)]
pub struct Open;

#[async_trait::async_trait]
impl Gate for Open {
    async fn check(&self, _method: &str, _headers: &HeaderMap) -> Result<Extensions, Fault> {
        Ok(Extensions::new())
    }
}

/// Lets health and reflection pass and nothing else: what a server does until it is given a gate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closed;

const UNGUARDED: [&str; 2] = ["/grpc.health.v1.", "/grpc.reflection."];

#[async_trait::async_trait]
impl Gate for Closed {
    async fn check(&self, method: &str, _headers: &HeaderMap) -> Result<Extensions, Fault> {
        if UNGUARDED.iter().any(|open| method.starts_with(open)) {
            return Ok(Extensions::new());
        }
        Err(Fault::forbidden("nobody may call this")
            .with_internal(format!("{method}: the server has no gate")))
    }
}
