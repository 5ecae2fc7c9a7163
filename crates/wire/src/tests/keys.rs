//! Keys and certificates: every form is read, nothing else is, and nothing is shown.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rsa::{
    RsaPrivateKey,
    pkcs1::{EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _},
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding},
};

use super::{PEMS, our_key, root, wanted};
use crate::{
    Error,
    keys::{Certificate, PrivateKey, PublicKey},
    making,
};

fn wrapped(text: &str) -> String {
    text.as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect::<Vec<_>>()
        .join("\r\n")
}

#[test]
fn a_private_key_is_read_in_every_form() {
    let key = RsaPrivateKey::from_pkcs8_pem(&PEMS[0]).unwrap();
    let (pkcs8, pkcs1) = (key.to_pkcs8_der().unwrap(), key.to_pkcs1_der().unwrap());
    let bare = [STANDARD.encode(pkcs8.as_bytes()), STANDARD.encode(pkcs1.as_bytes())];
    let forms = [
        PEMS[0].clone(),
        PEMS[0].replace('\n', "\\n"),
        key.to_pkcs1_pem(LineEnding::CRLF).unwrap().to_string(),
        bare[0].clone(),
        wrapped(&bare[1]),
        format!(" {}\n", bare[1].trim_end_matches('=')),
    ];
    for form in forms {
        let read = PrivateKey::read(&form).unwrap();
        assert_eq!(read.public(), our_key().public());
        assert!(our_key().public().verifies(b"text", &read.sign(b"text").unwrap()));
    }
}

#[test]
fn a_public_key_is_read_in_every_form() {
    let key = RsaPrivateKey::from_pkcs8_pem(&PEMS[0]).unwrap().to_public_key();
    let spki = key.to_public_key_der().unwrap();
    let forms = [
        making::public_pem(&PEMS[0]).unwrap(),
        key.to_pkcs1_pem(LineEnding::LF).unwrap(),
        STANDARD.encode(spki.as_bytes()),
        wrapped(&STANDARD.encode(spki.as_bytes())),
        STANDARD.encode(key.to_pkcs1_der().unwrap().as_bytes()),
        root().issue(&wanted("leaf", &[2]), &PEMS[0]).unwrap(),
    ];
    for form in forms {
        assert_eq!(PublicKey::read(&form).unwrap(), our_key().public());
    }
}

#[test]
fn an_error_names_what_was_read_and_never_shows_it() {
    let public = making::public_pem(&PEMS[0]).unwrap();
    let Err(Error::Key { read, expected }) = PrivateKey::read(&public) else { panic!("it was read") };
    assert_eq!((read.as_str(), expected.contains("private key")), ("PEM of PUBLIC KEY", true));
    let bare: String = public.lines().filter(|line| !line.starts_with('-')).collect();
    let Err(Error::Key { read, .. }) = PrivateKey::read(&bare) else { panic!("it was read") };
    assert_eq!(read, "a public key");
    let Err(Error::Key { read, .. }) = PublicKey::read(&PEMS[0]) else { panic!("it was read") };
    assert!(read.ends_with("PRIVATE KEY") && !read.contains("MII"));
    for nonsense in ["", "   ", "hello, world", "TUlJQg==", "-----BEGIN PUBLIC KEY-----\nMII\n-----END"] {
        assert!(matches!(PublicKey::read(nonsense), Err(Error::Key { .. })), "{nonsense}");
        assert!(matches!(PrivateKey::read(nonsense), Err(Error::Key { .. })), "{nonsense}");
        assert!(matches!(Certificate::read(nonsense), Err(Error::Key { .. })), "{nonsense}");
    }
}

#[test]
fn printing_a_key_shows_a_fingerprint() {
    let shown = format!("{:?}", our_key());
    assert_eq!(shown, format!("PrivateKey(\"{}\")", our_key().public().fingerprint()));
}

#[test]
fn a_weak_key_is_refused() {
    let weak = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 1_024).unwrap();
    assert!(PrivateKey::read(&weak.to_pkcs8_pem(LineEnding::LF).unwrap()).is_err());
    assert!(PublicKey::read(&weak.to_public_key().to_public_key_pem(LineEnding::LF).unwrap()).is_err());
}

#[test]
fn a_chain_holds_only_with_its_own_authority() {
    let certificate = |pem: &str| Certificate::read(pem).unwrap();
    let leaf = certificate(&root().issue(&wanted("leaf", &[0, 2, 3]), &PEMS[0]).unwrap());
    let impostor = making::Authority::root(&wanted("Test Root", &[1]), &PEMS[0]).unwrap();
    assert!(leaf.is_issued_by(&certificate(root().pem())));
    assert!(!leaf.is_issued_by(&certificate(impostor.pem())));
    assert!(!leaf.is_issued_by(&leaf));
    assert_eq!(leaf.serial_decimal(), "515");
    assert_eq!(leaf.serial_hex(), format!("{:0>40}", "203"));
    assert_eq!(certificate(&leaf.to_pem()), leaf);
}
