//! Without a good token of a living session nothing is open but registering, logging in and refreshing.

use std::time::Duration;

use anyhow::Result;
use chrono::TimeDelta;
use clock::Clock;
use identity::{Issuer, PrivateKey, Role, Subject};
use reqwest::Method;
use serde_json::json;

use super::{super::face::refused, cast::Cast};
use crate::{
    client::Client,
    stage::{PASSWORD, Stage},
};

const PUBLIC: [&str; 3] = ["/api/auth/register", "/api/auth/login", "/api/auth/refresh"];
const LIFE: Duration = Duration::from_hours(2);

/// A token of this key for a user, made so long ago.
fn token(key: &PrivateKey, user_id: i64, age: TimeDelta) -> Result<String> {
    let clock = Clock::manual(Clock::system().now() - age);
    let subject =
        Subject { user_id, role: Role::Admin, permissions: Vec::new(), session_id: 1, token_version: 1 };
    Ok(Issuer::new(key, LIFE, clock)?.issue(&subject)?.token)
}

/// The claims of one token under the signature of another.
fn patched(claims: &str, signature: &str) -> String {
    let part = |token: &str, at: usize| token.split('.').nth(at).unwrap_or_default().to_owned();
    format!("{}.{}.{}", part(claims, 0), part(claims, 1), part(signature, 2))
}

pub(super) async fn without_a_good_token_nothing_is_open(
    stage: &Stage,
    cast: &Cast,
    key: &PrivateKey,
) -> Result<()> {
    let nobody = stage.nobody()?;
    let other_key = PrivateKey::generate(&Clock::system())?;
    let operator = cast.operator.user_id;
    let fresh = token(key, operator, TimeDelta::zero())?;
    let forged = token(&other_key, operator, TimeDelta::zero())?;
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiIxIn0.";
    let callers = [
        (nobody.clone(), "AUTH_REQUIRED"),
        (nobody.with_token("garbage"), "AUTH_INVALID"),
        (nobody.with_token(unsigned), "AUTH_INVALID"),
        (nobody.with_token(&forged), "AUTH_INVALID"),
        (nobody.with_token(&patched(&fresh, cast.owner.token())), "AUTH_INVALID"),
        // Rightly signed, but its session was never opened.
        (nobody.with_token(&fresh), "AUTH_INVALID"),
        (nobody.with_token(&token(key, operator, TimeDelta::hours(3))?), "AUTH_EXPIRED"),
        (cast.disabled.clone(), "AUTH_INVALID"),
    ];
    for (method, path) in routes(&nobody).await? {
        for (caller, code) in &callers {
            let request = caller.request(method.clone(), &path).json(&json!({}));
            let answer = caller.send(request).await?;
            refused(&answer, 401, code);
            assert_eq!(answer.headers["www-authenticate"], "Bearer", "{method} {path}");
        }
    }
    claimed_identities_mean_nothing(cast).await?;
    // Whose token has run out must be able to get another.
    let expired = nobody.with_token(&token(key, cast.owner.user_id, TimeDelta::hours(3))?);
    expired.login("owner", PASSWORD).await?;
    let shut = json!({"username": "disabled", "password": PASSWORD});
    refused(&nobody.post("/api/auth/login", &shut).await?, 401, "AUTH_INVALID");
    Ok(())
}

/// Headers that some proxies set are no identity.
async fn claimed_identities_mean_nothing(cast: &Cast) -> Result<()> {
    let owner = cast.owner.user_id.to_string();
    for header in
        ["X-User-Id", "X-User", "X-Forwarded-User", "X-Authenticated-User", "X-Service-Authorization"]
    {
        let request = cast.nobody.request(Method::GET, "/api/users/me").header(header, &owner);
        refused(&cast.nobody.send(request).await?, 401, "AUTH_REQUIRED");
    }
    // Another scheme, an empty one, a token in the address: none of it is a login.
    for value in [format!("Basic {}", cast.owner.token()), "Bearer".to_owned(), "Bearer ".to_owned()] {
        let request = cast.nobody.request(Method::GET, "/api/users/me").header("Authorization", value);
        refused(&cast.nobody.send(request).await?, 401, "AUTH_INVALID");
    }
    let path = format!("/api/rooms?token={}", cast.owner.token());
    assert_eq!(cast.nobody.get(&path).await?.status, 401);
    Ok(())
}

/// Every route that the platform describes, ids filled in, but the public ones.
async fn routes(nobody: &Client) -> Result<Vec<(Method, String)>> {
    let api = nobody.get("/openapi/dorm.json").await?.body;
    let mut routes = Vec::new();
    for (path, methods) in api["paths"].as_object().unwrap() {
        if PUBLIC.contains(&path.as_str()) {
            continue;
        }
        let filled: Vec<_> =
            path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
        for method in methods.as_object().unwrap().keys() {
            routes.push((Method::from_bytes(method.to_uppercase().as_bytes())?, filled.join("/")));
        }
    }
    assert!(routes.len() > 50, "the description lists every route: {}", routes.len());
    Ok(routes)
}
