//! Public keys: reading and verifying.
//!
//! Only RSA with SHA-256 and at least 2048 bits. Whose key it is is not known here.

use std::{fmt, sync::Arc};

use base64::Engine as _;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};
use x509_parser::{
    prelude::FromDer as _,
    public_key::{PublicKey as Parsed, RSAPublicKey},
    x509::SubjectPublicKeyInfo,
};

use super::{
    Certificate, KEY_BITS_MIN,
    text::{BASE64, Block, blocks, name_of},
};
use crate::Error;

const EXPECTED: &str = "an RSA public key of at least 2048 bits, as PEM, bare base64 or a certificate";
const FINGERPRINT_BYTES: usize = 8;

/// An RSA public key. Cheap to clone; printing shows its fingerprint.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// DER of PKCS#1's `RSAPublicKey`, the form that ring verifies with.
    pkcs1: Arc<[u8]>,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.fingerprint()).finish()
    }
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo`, a PKCS#1 public key or a certificate, as PEM or bare base64.
    /// *Errors*: [`Error::Key`].
    pub fn read(text: &str) -> Result<Self, Error> {
        let all = blocks(text, EXPECTED)?;
        let Some(block) = all.first() else { return Err(Error::Missing("public key")) };
        let is_private = block.label.as_deref().is_some_and(|label| label.contains("PRIVATE"));
        let found = if is_private { None } else { Self::of_block(block) };
        found.ok_or_else(|| Error::Key { read: name_of(block), expected: EXPECTED })
    }

    /// Tells whether a base64 signature was made over the message by this key's other half.
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = BASE64.decode(signature.trim()) else { return false };
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.pkcs1).verify(message, &signature).is_ok()
    }

    /// Gives a short name of the key: the beginning of the SHA-256 of its PKCS#1 form, in hex.
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(&self.pkcs1).iter().copied().take(FINGERPRINT_BYTES).collect::<Vec<u8>>())
    }

    /// Takes the key of a parsed `SubjectPublicKeyInfo`, if it is one for us.
    pub(super) fn of_info(info: &SubjectPublicKeyInfo<'_>) -> Option<Self> {
        match info.parsed().ok()? {
            Parsed::RSA(_) => Self::of_pkcs1(&info.subject_public_key.data),
            _ => None,
        }
    }

    /// Takes a key that ring has checked.
    pub(super) fn of_checked(pkcs1: &[u8]) -> Self {
        Self { pkcs1: pkcs1.into() }
    }

    fn of_block(block: &Block) -> Option<Self> {
        let der = block.der.as_slice();
        let info = SubjectPublicKeyInfo::from_der(der).ok().and_then(|(_, info)| Self::of_info(&info));
        info.or_else(|| Self::of_pkcs1(der)).or_else(|| {
            Certificate::of_der(der.to_vec()).ok().and_then(|certificate| certificate.public_key().ok())
        })
    }

    fn of_pkcs1(der: &[u8]) -> Option<Self> {
        let (rest, key) = RSAPublicKey::from_der(der).ok()?;
        let is_strong = key.key_size() >= KEY_BITS_MIN;
        (rest.is_empty() && is_strong).then(|| Self::of_checked(der))
    }
}
