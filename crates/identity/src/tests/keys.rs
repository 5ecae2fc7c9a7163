//! Keys in the forms that people have them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::pkcs8::EncodePublicKey as _;

use crate::{KeyError, PrivateKey, PublicKey};

const SEED: [u8; 32] = [7; 32];

fn key() -> PrivateKey {
    PrivateKey::parse(&STANDARD.encode(SEED)).unwrap()
}

fn public_pem() -> String {
    let key = ed25519_dalek::SigningKey::from_bytes(&SEED).verifying_key();
    key.to_public_key_pem(ed25519_dalek::pkcs8::spki::der::pem::LineEnding::LF).unwrap()
}

#[test]
fn a_private_key_survives_pem() {
    let again = PrivateKey::parse(&key().to_pem().unwrap()).unwrap();
    assert_eq!(again.secret_bytes(), SEED);
}

#[test]
fn a_private_key_is_read_from_bare_base64_of_its_der() {
    let pem = key().to_pem().unwrap();
    let bare: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    assert_eq!(PrivateKey::parse(&bare).unwrap().secret_bytes(), SEED);
}

#[test]
fn a_public_key_is_the_same_in_every_form() {
    let der: String = public_pem().lines().filter(|line| !line.starts_with("-----")).collect();
    let raw = STANDARD.encode(ed25519_dalek::SigningKey::from_bytes(&SEED).verifying_key().as_bytes());
    for text in [public_pem(), der, raw] {
        assert_eq!(PublicKey::parse_all(&text).unwrap(), vec![key().public()]);
    }
}

#[test]
fn several_public_keys_stand_in_a_row() {
    let both = format!("{}\n{}", public_pem(), public_pem());
    assert_eq!(PublicKey::parse_all(&both).unwrap().len(), 2);
}

#[test]
fn a_key_of_small_order_is_refused() {
    let mut identity = [0_u8; 32];
    identity[0] = 1;
    assert_eq!(PublicKey::parse_all(&STANDARD.encode(identity)), Err(KeyError::Public));
}

#[test]
fn a_private_key_shows_only_its_name() {
    let shown = format!("{:?}", key());
    assert!(shown.contains(&key().public().id()));
    assert!(!shown.contains("7, 7"));
}

#[test]
fn a_text_that_is_no_key_is_refused() {
    for text in ["", "hello", "-----BEGIN \nAAAA\n-----END "] {
        assert_eq!(PrivateKey::parse(text).unwrap_err(), KeyError::Private);
        assert_eq!(PublicKey::parse_all(text).unwrap_err(), KeyError::Public);
    }
}
