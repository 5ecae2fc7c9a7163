//! Signing access tokens of users. Only the user service does it.
//!
//! Sessions and refresh tokens do not live here. The rule not to be broken: the private key of this file is
//! held by the user service alone; whoever has it can be anybody.

use std::time::Duration;

use chrono::TimeDelta;
use clock::Clock;
use fault::Fault;
use jsonwebtoken::EncodingKey;

use crate::{
    PrivateKey, Role,
    claims::{self, AUDIENCE, Access, Frame, ISSUER, TYPE_ACCESS},
};

const TOKEN_ID_BYTES: usize = 16;

/// Signs access tokens.
#[derive(Clone)]
pub struct Issuer {
    key: EncodingKey,
    key_id: String,
    life: Duration,
    clock: Clock,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer")
            .field("key_id", &self.key_id)
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

/// Says for whom a token is made.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The user's id.
    pub user_id: i64,
    /// What he is on the platform.
    pub role: Role,
    /// What he was given beside his role.
    pub permissions: Vec<String>,
    /// The session in which he works.
    pub session_id: i64,
    /// The present version of his rights.
    pub token_version: i64,
}

/// A token and how long it lives.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The token, without `Bearer`.
    pub token: String,
    /// Its life in seconds.
    pub expires_in_seconds: i64,
}

impl Issuer {
    /// Signs with a key; tokens live so long, in whole seconds. *Errors*: internal, if the key cannot be used.
    pub fn new(key: &PrivateKey, life: Duration, clock: Clock) -> Result<Self, Fault> {
        Ok(Self { key: key.encoding()?, key_id: key.public().id(), life, clock })
    }

    /// Makes a token for a user's session.
    pub fn issue(&self, subject: &Subject) -> Result<Issued, Fault> {
        let now = self.clock.now();
        let expires_in_seconds = i64::try_from(self.life.as_secs()).map_err(Fault::internal)?;
        let claims = Access {
            frame: Frame {
                iss: ISSUER.to_owned(),
                aud: AUDIENCE.to_owned(),
                sub: subject.user_id.to_string(),
                iat: now.timestamp(),
                exp: (now + TimeDelta::seconds(expires_in_seconds)).timestamp(),
                nbf: Some(now.timestamp()),
                jti: self.clock.token(TOKEN_ID_BYTES),
                typ: TYPE_ACCESS.to_owned(),
            },
            role: subject.role.as_str().to_owned(),
            permissions: subject.permissions.clone(),
            sid: subject.session_id,
            ver: subject.token_version,
        };
        Ok(Issued { token: claims::sign(&claims, &self.key, &self.key_id)?, expires_in_seconds })
    }
}
