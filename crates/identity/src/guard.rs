//! The guard at the door of a service: tokens in, a caller out, or a refusal.
//!
//! It reads two headers, checks tokens and session, and looks up the table. What the caller may do with an object
//! is decided behind the door. The rule not to be broken: a method without a row is refused.

use fault::Fault;
use http::{Extensions, HeaderMap};

use crate::{
    Allow, Caller, Liveness, Table, User, Verifier,
    access::{self},
    claims,
};

/// The header that carries the token of the service that calls; `authorization` carries the user's own.
pub const SERVICE_AUTHORIZATION: &str = "x-service-authorization";
const AUTHORIZATION: &str = "authorization";
const BEARER: &str = "bearer ";

/// Health and reflection tell nothing about anybody, and probes have no token.
const OPEN: [&str; 2] = ["/grpc.health.v1.", "/grpc.reflection."];

/// Admits callers to the methods of one service.
#[derive(Clone, Debug)]
pub struct Guard {
    verifier: Verifier,
    liveness: Liveness,
    table: Table,
}

impl Guard {
    /// Guards the methods of a table.
    pub const fn new(verifier: Verifier, liveness: Liveness, table: Table) -> Self {
        Self { verifier, liveness, table }
    }

    /// Finds the caller of a method and checks that he may call it.
    ///
    /// *Errors*: `AUTH_REQUIRED`, `AUTH_INVALID`, `AUTH_EXPIRED`, `FORBIDDEN`; `SERVICE_UNAVAILABLE` if nobody can
    /// tell whether the session lives.
    pub async fn admit(&self, method: &str, headers: &HeaderMap) -> Result<Caller, Fault> {
        if OPEN.iter().any(|open| method.starts_with(open)) {
            return Ok(Caller::default());
        }
        let allow = access::row(self.table, method).ok_or_else(|| {
            Fault::forbidden("nobody may call this").with_internal(format!("{method} has no row"))
        })?;
        let caller = match (allow, self.caller(headers).await) {
            // A token that is worth nothing changes nothing where none is needed.
            (Allow::Anyone, Err(_)) => Caller::default(),
            (_, caller) => caller?,
        };
        allow.admit(&caller)?;
        Ok(caller)
    }

    /// Finds the caller by the tokens of a request. *Errors*: as [`Guard::admit`], but no token is nobody.
    pub async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Fault> {
        let via = match bearer(headers, SERVICE_AUTHORIZATION)? {
            Some(token) => Some(self.verifier.verify_service(token)?),
            None => None,
        };
        let user = match bearer(headers, AUTHORIZATION)? {
            Some(token) => Some(self.user(token).await?),
            None => None,
        };
        Ok(Caller { user, via })
    }

    /// Finds the user of an access token, without `Bearer`. *Errors*: as [`Guard::admit`].
    pub async fn user(&self, token: &str) -> Result<User, Fault> {
        let user = self.verifier.verify(token)?.user;
        self.liveness.check(user.session_id).await?;
        Ok(user)
    }
}

#[async_trait::async_trait]
impl rpc::Gate for Guard {
    async fn check(&self, method: &str, headers: &HeaderMap) -> Result<Extensions, Fault> {
        let caller = self.admit(method, headers).await?;
        let mut extensions = Extensions::new();
        extensions.insert(caller);
        Ok(extensions)
    }
}

/// Takes the token out of a header. *Errors*: `AUTH_INVALID` if the header holds something else or comes twice.
fn bearer<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Fault> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(claims::invalid());
    }
    let text = value.to_str().map_err(|_| claims::invalid())?;
    let scheme = text.get(..BEARER.len()).filter(|scheme| scheme.eq_ignore_ascii_case(BEARER));
    let token =
        scheme.and_then(|scheme| text.get(scheme.len()..)).map(str::trim).filter(|token| !token.is_empty());
    token.map(Some).ok_or_else(claims::invalid)
}
