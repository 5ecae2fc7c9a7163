//! Checking tokens strictly, and remembering those that passed.
//!
//! A token is checked once and its claims are kept by its SHA-256 until it ends; its times are compared at each
//! use. Whether its session still lives does not live here. The rule not to be broken: a token of one kind
//! never passes for the other.

use std::{collections::HashMap, sync::Arc};

use chrono::DateTime;
use clock::Clock;
use fault::Fault;
use jsonwebtoken::DecodingKey;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use crate::{
    Claims, PublicKey, Role, ServiceName, User,
    claims::{self, AUDIENCE, Access, Frame, INTERNAL_AUDIENCE, TYPE_ACCESS, TYPE_SERVICE},
};

const REMEMBERED_MAX: u64 = 10_000;
/// A longer text is no token of ours.
const TOKEN_BYTES_MAX: usize = 4_096;

type Digest = [u8; 32];

/// Checks tokens of users and of services. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Verifier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    users: Keys,
    services: Keys,
    known_users: Cache<Digest, Arc<Known<Claims>>>,
    known_services: Cache<Digest, Arc<Known<ServiceName>>>,
}

/// What a token that passed says, and its instants.
#[derive(Debug)]
struct Known<T> {
    says: T,
    iat: i64,
    nbf: Option<i64>,
    exp: i64,
}

struct Keys(HashMap<String, DecodingKey>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Keys {
    fn new(keys: &[PublicKey]) -> Self {
        Self(keys.iter().map(|key| (key.id(), key.decoding())).collect())
    }

    fn of(&self, token: &str) -> Result<&DecodingKey, Fault> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(claims::invalid());
        }
        claims::key_id(token).and_then(|id| self.0.get(&id)).ok_or_else(claims::invalid)
    }
}

impl Verifier {
    /// Trusts the given keys: those of the user service for users, those of services for services.
    pub fn new(user_keys: &[PublicKey], service_keys: &[PublicKey], clock: Clock) -> Self {
        Self(Arc::new(Inner {
            clock,
            users: Keys::new(user_keys),
            services: Keys::new(service_keys),
            known_users: Cache::new(REMEMBERED_MAX),
            known_services: Cache::new(REMEMBERED_MAX),
        }))
    }

    /// Checks a user's access token, without `Bearer`.
    ///
    /// *Errors*: `AUTH_EXPIRED` five seconds after its end, else `AUTH_INVALID`.
    pub fn verify(&self, token: &str) -> Result<Claims, Fault> {
        let inner = &self.0;
        let known = remembered(&inner.known_users, token, || {
            let access: Access = claims::read(token, inner.users.of(token)?, AUDIENCE)?;
            let (iat, nbf, exp) = (access.frame.iat, access.frame.nbf, access.frame.exp);
            Ok(Known { says: claims_of(access).ok_or_else(claims::invalid)?, iat, nbf, exp })
        })?;
        claims::check_times(known.iat, known.nbf, known.exp, inner.clock.now())?;
        Ok(known.says.clone())
    }

    /// Checks a service's token, without `Bearer`. *Errors*: as [`Verifier::verify`].
    pub fn verify_service(&self, token: &str) -> Result<ServiceName, Fault> {
        let inner = &self.0;
        let known = remembered(&inner.known_services, token, || {
            let frame: Frame = claims::read(token, inner.services.of(token)?, INTERNAL_AUDIENCE)?;
            let name = ServiceName::parse(&frame.sub).filter(|_| frame.typ == TYPE_SERVICE);
            let says = name.ok_or_else(claims::invalid)?;
            Ok(Known { says, iat: frame.iat, nbf: frame.nbf, exp: frame.exp })
        })?;
        claims::check_times(known.iat, known.nbf, known.exp, inner.clock.now())?;
        Ok(known.says)
    }
}

/// Takes what a token says from the cache, or checks it and keeps it. A refusal is not kept.
fn remembered<T: Send + Sync + 'static>(
    cache: &Cache<Digest, Arc<Known<T>>>,
    token: &str,
    check: impl FnOnce() -> Result<Known<T>, Fault>,
) -> Result<Arc<Known<T>>, Fault> {
    let digest: Digest = Sha256::digest(token.as_bytes()).into();
    if let Some(known) = cache.get(&digest) {
        return Ok(known);
    }
    let known = Arc::new(check()?);
    cache.insert(digest, Arc::clone(&known));
    Ok(known)
}

fn claims_of(access: Access) -> Option<Claims> {
    let id: i64 = access.frame.sub.parse().ok().filter(|id| *id > 0)?;
    let role = Role::parse(&access.role)?;
    let expires_at = DateTime::from_timestamp(access.frame.exp, 0)?;
    if access.frame.typ != TYPE_ACCESS || access.frame.jti.is_empty() || access.sid <= 0 {
        return None;
    }
    let user = User {
        id,
        role,
        permissions: access.permissions,
        session_id: access.sid,
        token_version: access.ver,
        expires_at,
    };
    Some(Claims { user, token_id: access.frame.jti })
}
