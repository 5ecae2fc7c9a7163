//! The key with which payment passwords travel: RSA-OAEP with SHA-256 (contract section 7).
//!
//! Everybody may have its public half. Whether a password is right is not known here. The rules not to be broken: the
//! private half is used blinded and off the threads that serve; what does not open is refused in one way, whatever
//! was wrong with it.

use std::{fmt, io, sync::Arc};

use ::settings::{ExposeSecret as _, Reader};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use fault::Fault;
use rsa::{
    Oaep, RsaPrivateKey,
    pkcs1::DecodeRsaPrivateKey as _,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding},
    rand_core::OsRng,
    traits::PublicKeyParts as _,
};
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

const NAME: &str = "WALLET_PASSWORD_KEY";
const FILE: &str = "wallet-password.pem";
const BITS: usize = 2_048;
const KEY_ID_BYTES: usize = 8;

/// The key of payment passwords. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PasswordKey(Arc<Inner>);

struct Inner {
    private: RsaPrivateKey,
    /// Begins the SHA-256 of the public half.
    id: String,
    /// DER of the public half, in base64.
    spki: String,
    allows_plain_text: bool,
}

impl fmt::Debug for PasswordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PasswordKey").field(&self.0.id).finish()
    }
}

impl PasswordKey {
    /// Reads `WALLET_PASSWORD_KEY`; in development one is made where there is none, and plain text is understood too.
    pub(crate) fn read(reader: &mut Reader) -> Option<Self> {
        let doc = "RSA private key (2048 bits and more) with which payment passwords are decrypted";
        let is_production = reader.profile().is_production();
        let text = match reader.key_material(NAME, doc) {
            Some(text) => text,
            None if is_production => {
                reader.refuse(NAME, EXPECTED);
                return None;
            }
            None => match ::settings::made_once(&reader.data_dir(), FILE, generate) {
                Ok(pem) => pem.into(),
                Err(error) => {
                    reader.refuse(NAME, format!("a key, or a folder in which one can be made ({error})"));
                    return None;
                }
            },
        };
        let key = parse(text.expose_secret()).and_then(|private| Self::of(private, !is_production));
        if key.is_none() {
            reader.refuse(NAME, EXPECTED);
        }
        key
    }

    /// Makes a key that all tests of this process share.
    #[cfg(test)]
    pub(crate) fn of_test() -> Self {
        static KEY: std::sync::LazyLock<PasswordKey> = std::sync::LazyLock::new(|| {
            let private = RsaPrivateKey::new(&mut OsRng, BITS);
            private.ok().and_then(|private| PasswordKey::of(private, true)).unwrap_or_else(|| unreachable!())
        });
        KEY.clone()
    }

    fn of(private: RsaPrivateKey, allows_plain_text: bool) -> Option<Self> {
        let der = private.to_public_key().to_public_key_der().ok()?;
        let digest = Sha256::digest(der.as_bytes());
        let (first, _) = digest.as_slice().split_first_chunk::<KEY_ID_BYTES>()?;
        let id = format!("{:016x}", u64::from_be_bytes(*first));
        let spki = STANDARD.encode(der.as_bytes());
        Some(Self(Arc::new(Inner { private, id, spki, allows_plain_text })))
    }

    /// Gives the name of the key.
    pub(crate) fn id(&self) -> &str {
        &self.0.id
    }

    /// Gives the public half: base64 of its DER.
    pub(crate) fn spki(&self) -> &str {
        &self.0.spki
    }

    /// Tells whether passwords may come in plain text too.
    pub(crate) fn allows_plain_text(&self) -> bool {
        self.0.allows_plain_text
    }

    /// Gives the private half for deriving other secrets from it. *Errors*: internal.
    pub(crate) fn secret_bytes(&self) -> Result<Vec<u8>, Fault> {
        let der = self.0.private.to_pkcs8_der().map_err(Fault::internal)?;
        Ok(der.as_bytes().to_vec())
    }

    /// Decrypts a password. *Errors*: a validation fault on `field`.
    pub(crate) async fn open(&self, field: &str, text: &str) -> Result<String, Fault> {
        let size = self.0.private.size();
        let Some(sealed) = STANDARD.decode(text).ok().filter(|sealed| sealed.len() == size) else {
            if self.0.allows_plain_text {
                return Ok(text.to_owned());
            }
            return Err(Fault::validation(field, "must be base64 of RSA-OAEP-SHA256 with the public key"));
        };
        let key = Arc::clone(&self.0);
        let opened = spawn_blocking(move || {
            let padding = Oaep::new::<rsa::sha2::Sha256>();
            key.private.decrypt_blinded(&mut OsRng, padding, &sealed)
        });
        let opened = opened.await.map_err(Fault::internal)?.ok();
        opened.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
            let id = &self.0.id;
            Fault::validation(field, format!("does not open with the key {id}; was another one used?"))
        })
    }
}

const EXPECTED: &str = "an RSA private key of 2048 to 4096 bits, PKCS#8 or PKCS#1";

fn parse(text: &str) -> Option<RsaPrivateKey> {
    let key = RsaPrivateKey::from_pkcs8_pem(text).ok();
    let key = key.or_else(|| RsaPrivateKey::from_pkcs1_pem(text).ok()).or_else(|| {
        let der = STANDARD.decode(text.trim()).ok()?;
        RsaPrivateKey::from_pkcs8_der(&der).or_else(|_| RsaPrivateKey::from_pkcs1_der(&der)).ok()
    })?;
    let is_strong = (256..=512).contains(&key.size());
    (is_strong && key.validate().is_ok()).then_some(key)
}

fn generate() -> io::Result<String> {
    let key = RsaPrivateKey::new(&mut OsRng, BITS).map_err(io::Error::other)?;
    Ok(key.to_pkcs8_pem(LineEnding::LF).map_err(io::Error::other)?.to_string())
}
