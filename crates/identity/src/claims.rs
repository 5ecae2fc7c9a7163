//! What stands in a token, and how it is signed and read.
//!
//! Two kinds share the form: access tokens of users and tokens of services. Keys, caches and callers do not live
//! here. The rule not to be broken: one algorithm, and every claim is there with its right type.

use chrono::{DateTime, Utc};
use fault::{Code, Fault};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::User;

/// Who signs.
pub const ISSUER: &str = "dormpay";
/// For whom access tokens of users are.
pub const AUDIENCE: &str = "dormpay";
/// For whom tokens of services are.
pub const INTERNAL_AUDIENCE: &str = "dormpay-internal";

/// Clocks of two machines may differ by so much.
const LEEWAY_SECONDS: i64 = 5;
pub(crate) const TYPE_ACCESS: &str = "access";
pub(crate) const TYPE_SERVICE: &str = "service";

/// What a verified access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The user, his rights and his session.
    pub user: User,
    /// The token's own name.
    pub token_id: String,
}

/// The claims that both kinds carry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: String,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nbf: Option<i64>,
    pub(crate) jti: String,
    pub(crate) typ: String,
}

/// The claims of a user's access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Access {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) role: String,
    pub(crate) permissions: Vec<String>,
    pub(crate) sid: i64,
    pub(crate) ver: i64,
}

/// Signs claims with Ed25519 and names the key in the header.
pub(crate) fn sign<C: Serialize>(claims: &C, key: &EncodingKey, key_id: &str) -> Result<String, Fault> {
    let header = Header { kid: Some(key_id.to_owned()), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, claims, key).map_err(Fault::internal)
}

/// Reads the key's name out of a header that is not yet trusted.
pub(crate) fn key_id(token: &str) -> Option<String> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    if header.alg != Algorithm::EdDSA || header.crit.is_some() { None } else { header.kid }
}

/// Checks signature, algorithm, issuer and audience, and that every claim is there with its type. Times are
/// checked by [`check_times`].
pub(crate) fn read<C: DeserializeOwned>(token: &str, key: &DecodingKey, audience: &str) -> Result<C, Fault> {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[audience]);
    // Time is an argument: `check_times` compares both instants with the clock of the process.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    match jsonwebtoken::decode::<C>(token, key, &validation) {
        Ok(data) => Ok(data.claims),
        Err(error) if matches!(error.kind(), ErrorKind::ExpiredSignature) => Err(expired()),
        Err(error) => Err(invalid().with_internal(error)),
    }
}

/// Checks that now lies between the instants of a token.
///
/// *Errors*: `AUTH_EXPIRED` after its end, else `AUTH_INVALID`.
pub(crate) fn check_times(iat: i64, nbf: Option<i64>, exp: i64, now: DateTime<Utc>) -> Result<(), Fault> {
    let now = now.timestamp();
    if exp.saturating_add(LEEWAY_SECONDS) <= now {
        return Err(expired());
    }
    let earliest = nbf.unwrap_or(iat).max(iat);
    if earliest > now.saturating_add(LEEWAY_SECONDS) || exp <= iat {
        return Err(invalid());
    }
    Ok(())
}

pub(crate) fn invalid() -> Fault {
    Fault::new(Code::AuthInvalid, "the token is not valid")
}

pub(crate) fn expired() -> Fault {
    Fault::new(Code::AuthExpired, "the token has expired")
}
