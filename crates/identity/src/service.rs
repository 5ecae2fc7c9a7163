//! Signing a service's own short tokens.
//!
//! A token lives sixty seconds and a new one is made in time. The rule not to be broken: it names the service
//! that runs, and nothing of a user.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use clock::Clock;
use fault::Fault;
use jsonwebtoken::EncodingKey;

use crate::{
    PrivateKey, ServiceName,
    claims::{self, Frame, INTERNAL_AUDIENCE, ISSUER, TYPE_SERVICE},
};

const LIFE: TimeDelta = TimeDelta::seconds(60);
/// A token is replaced when less than this is left of it: longer than any call takes.
const LEFT_MIN: TimeDelta = TimeDelta::seconds(20);
const TOKEN_ID_BYTES: usize = 16;

/// Signs the tokens of one service.
pub struct ServiceSigner {
    name: ServiceName,
    key: EncodingKey,
    key_id: String,
    clock: Clock,
    present: Mutex<Option<(String, DateTime<Utc>)>>,
}

impl std::fmt::Debug for ServiceSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceSigner")
            .field("name", &self.name)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl ServiceSigner {
    /// Signs for a service. *Errors*: internal, if the name is none of ours or the key cannot be used.
    pub fn new(name: &str, key: &PrivateKey, clock: Clock) -> Result<Self, Fault> {
        let name =
            ServiceName::parse(name).ok_or_else(|| Fault::internal(format!("{name} is no service")))?;
        let signer =
            Self { name, key: key.encoding()?, key_id: key.public().id(), clock, present: Mutex::new(None) };
        signer.token()?;
        Ok(signer)
    }

    /// Gives the present token, or a new one shortly before it ends.
    pub fn token(&self) -> Result<String, Fault> {
        let now = self.clock.now();
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, expires_at)) = &*present
            && *expires_at - now > LEFT_MIN
        {
            return Ok(token.clone());
        }
        let expires_at = now + LIFE;
        let token = self.mint(now, expires_at)?;
        *present = Some((token.clone(), expires_at));
        Ok(token)
    }

    fn mint(&self, now: DateTime<Utc>, expires_at: DateTime<Utc>) -> Result<String, Fault> {
        let claims = Frame {
            iss: ISSUER.to_owned(),
            aud: INTERNAL_AUDIENCE.to_owned(),
            sub: self.name.as_str().to_owned(),
            iat: now.timestamp(),
            exp: expires_at.timestamp(),
            nbf: None,
            jti: self.clock.token(TOKEN_ID_BYTES),
            typ: TYPE_SERVICE.to_owned(),
        };
        claims::sign(&claims, &self.key, &self.key_id)
    }
}

impl rpc::Credentials for ServiceSigner {
    fn authorization(&self) -> String {
        match self.token() {
            Ok(token) => format!("Bearer {token}"),
            Err(fault) => {
                // The key signed when this was made, so this does not happen; if it does, the peer refuses.
                tracing::error!(%fault, context = fault.internal_context(), "the service's token could not be signed");
                String::new()
            }
        }
    }
}
