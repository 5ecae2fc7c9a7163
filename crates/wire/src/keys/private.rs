//! Private keys: reading and signing.
//!
//! Signing takes about half a millisecond of computing and does not wait; whoever serves requests does it off the
//! threads that serve. The rule not to be broken: the key leaves this file only as signatures.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};

use super::{
    public::PublicKey,
    text::{blocks, name_of},
};
use crate::Error;

const EXPECTED: &str = "an RSA private key of 2048 to 4096 bits, PKCS#8 or PKCS#1, as PEM or bare base64";

/// An RSA private key that signs with SHA-256. Cheap to clone; printing shows the fingerprint of its public half.
#[derive(Clone)]
pub struct PrivateKey(Arc<RsaKeyPair>);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrivateKey").field(&self.public().fingerprint()).finish()
    }
}

impl PrivateKey {
    /// Reads PEM or bare base64, PKCS#8 or PKCS#1. *Errors*: [`Error::Key`].
    pub fn read(text: &str) -> Result<Self, Error> {
        let all = blocks(text, EXPECTED)?;
        let Some(block) = all.first() else { return Err(Error::Missing("private key")) };
        let labelled = matches!(block.label.as_deref(), None | Some("PRIVATE KEY" | "RSA PRIVATE KEY"));
        let pair = labelled
            .then(|| RsaKeyPair::from_pkcs8(&block.der).or_else(|_| RsaKeyPair::from_der(&block.der)).ok())
            .flatten();
        let pair = pair.ok_or_else(|| Error::Key { read: name_of(block), expected: EXPECTED })?;
        Ok(Self(Arc::new(pair)))
    }

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256. *Shape*: base64 with padding. *Errors*: [`Error::Key`], which a key
    /// that was read does not cause.
    pub fn sign(&self, message: &[u8]) -> Result<String, Error> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| Error::Key { read: "a key that does not sign".to_owned(), expected: EXPECTED })?;
        Ok(STANDARD.encode(signature))
    }

    /// Gives the public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::of_checked(self.0.public_key().as_ref())
    }
}
