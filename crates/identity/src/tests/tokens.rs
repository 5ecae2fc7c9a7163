//! Tokens that pass and tokens that do not.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use fault::Code;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::still;
use crate::{Issuer, Role, Subject, testing::Keys};

fn subject() -> Subject {
    Subject {
        user_id: 7,
        role: Role::User,
        permissions: vec!["payment:read".to_owned()],
        session_id: 70,
        token_version: 3,
    }
}

fn claims(now: i64) -> Value {
    json!({"iss": "dormpay", "aud": "dormpay", "sub": "7", "iat": now, "exp": now + 60, "jti": "x", "typ": "access",
           "role": "user", "permissions": [], "sid": 70, "ver": 1})
}

/// Signs any claims with the user key, or with a key and header of one's own.
fn forge(keys: &Keys, claims: &Value) -> String {
    let header = Header { kid: Some(keys.user.public().id()), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, claims, &keys.user.encoding().unwrap()).unwrap()
}

fn refused(keys: &Keys, token: &str) -> Code {
    keys.verifier().verify(token).unwrap_err().code()
}

#[test]
fn an_issued_token_tells_user_rights_and_session() {
    let clock = still();
    let keys = Keys::new(&clock);
    let issued = Issuer::new(&keys.user, Duration::from_hours(2), clock).unwrap().issue(&subject()).unwrap();
    let user = keys.verifier().verify(&issued.token).unwrap().user;
    assert_eq!((user.id, user.session_id, user.token_version), (7, 70, 3));
    assert!(user.has("payment:read") && !user.has("payment:write") && !user.is_admin());
    assert_eq!(issued.expires_in_seconds, 7_200);
}

#[test]
fn a_token_lives_until_five_seconds_after_its_end() {
    let clock = still();
    let keys = Keys::new(&clock);
    let token = forge(&keys, &claims(clock.now().timestamp()));
    let verifier = keys.verifier();
    clock.advance(TimeDelta::seconds(64));
    assert!(verifier.verify(&token).is_ok());
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(verifier.verify(&token).unwrap_err().code(), Code::AuthExpired);
    assert_eq!(refused(&keys, &token), Code::AuthExpired);
}

#[test]
fn every_claim_must_be_there() {
    let clock = still();
    let keys = Keys::new(&clock);
    let whole = claims(clock.now().timestamp());
    assert!(keys.verifier().verify(&forge(&keys, &whole)).is_ok());
    for name in ["iss", "aud", "sub", "iat", "exp", "jti", "typ", "role", "permissions", "sid", "ver"] {
        let mut part = whole.clone();
        part.as_object_mut().unwrap().remove(name);
        assert_eq!(refused(&keys, &forge(&keys, &part)), Code::AuthInvalid, "without {name}");
    }
}

#[test]
fn a_claim_of_the_wrong_type_or_value_is_refused() {
    let clock = still();
    let now = clock.now().timestamp();
    let keys = Keys::new(&clock);
    let wrong = [
        ("exp", json!("9999999999")),
        ("exp", json!(null)),
        ("nbf", json!("0")),
        ("nbf", json!(now + 30)),
        ("iat", json!(now + 30)),
        ("iss", json!("somebody")),
        ("aud", json!("dormpay-internal")),
        ("aud", json!(["dormpay"])),
        ("typ", json!("refresh")),
        ("typ", json!("service")),
        ("role", json!("root")),
        ("sub", json!("-7")),
        ("sub", json!("expense")),
        ("sid", json!(0)),
    ];
    for (name, value) in wrong {
        let mut changed = claims(now);
        changed[name] = value.clone();
        assert_eq!(refused(&keys, &forge(&keys, &changed)), Code::AuthInvalid, "{name} = {value}");
    }
}

#[test]
fn no_other_algorithm_and_no_other_key_passes() {
    let clock = still();
    let keys = Keys::new(&clock);
    let body = claims(clock.now().timestamp());
    let id = Some(keys.user.public().id());
    let mac = EncodingKey::from_secret(b"secret");
    let by_mac =
        jsonwebtoken::encode(&Header { kid: id.clone(), ..Header::new(Algorithm::HS256) }, &body, &mac)
            .unwrap();
    let stranger = Keys::new(&clock);
    let by_stranger = jsonwebtoken::encode(
        &Header { kid: id, ..Header::new(Algorithm::EdDSA) },
        &body,
        &stranger.user.encoding().unwrap(),
    )
    .unwrap();
    let payload = URL_SAFE_NO_PAD.encode(body.to_string());
    let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
    for token in [by_mac, by_stranger, forge(&stranger, &body), unsigned, String::new(), "a.b.c".to_owned()] {
        assert_eq!(refused(&keys, &token), Code::AuthInvalid);
    }
}

#[test]
fn a_token_without_the_name_of_its_key_is_refused() {
    let clock = still();
    let keys = Keys::new(&clock);
    let body = claims(clock.now().timestamp());
    let token =
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &body, &keys.user.encoding().unwrap()).unwrap();
    assert_eq!(refused(&keys, &token), Code::AuthInvalid);
}

#[test]
fn a_token_of_one_kind_never_passes_for_the_other() {
    let clock = still();
    let mut keys = Keys::new(&clock);
    // The worst case: both kinds signed with one key.
    keys.service = keys.user.clone();
    let verifier = keys.verifier();
    let service = keys.signer("bill").token().unwrap();
    assert_eq!(verifier.verify_service(&service).unwrap().as_str(), "bill");
    assert_eq!(verifier.verify(&service).unwrap_err().code(), Code::AuthInvalid);
    let user = forge(&keys, &claims(clock.now().timestamp()));
    assert_eq!(verifier.verify_service(&user).unwrap_err().code(), Code::AuthInvalid);
}

#[test]
fn a_service_makes_a_new_token_before_the_old_one_ends() {
    let clock = still();
    let keys = Keys::new(&clock);
    let (signer, verifier) = (keys.signer("room"), keys.verifier());
    let first = signer.token().unwrap();
    clock.advance(TimeDelta::seconds(39));
    assert_eq!(signer.token().unwrap(), first);
    clock.advance(TimeDelta::seconds(1));
    let second = signer.token().unwrap();
    assert_ne!(second, first);
    clock.advance(TimeDelta::seconds(25));
    assert_eq!(verifier.verify_service(&first).unwrap_err().code(), Code::AuthExpired);
    assert!(verifier.verify_service(&second).is_ok());
}

#[test]
fn a_signer_of_an_unknown_service_is_not_made() {
    let clock = still();
    let keys = Keys::new(&clock);
    assert!(keys.settings().signer("stranger", clock).is_err());
}
