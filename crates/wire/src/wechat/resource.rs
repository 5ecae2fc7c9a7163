//! The ciphertext in notifications and certificate lists: AES-256-GCM with the merchant's `APIv3` key.
//!
//! The rule not to be broken: text whose tag does not hold with its associated data is never looked at.

use std::fmt;

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{Error, keys};

const ALGORITHM: &str = "AEAD_AES_256_GCM";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// The `APIv3` key. Printing shows nothing of it.
#[derive(Clone)]
pub struct ApiKey([u8; KEY_BYTES]);

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

/// A piece of ciphertext as it stands in the JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// What the plaintext is, where that is said: `transaction`, `refund`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_type: Option<String>,
    algorithm: String,
    ciphertext: String,
    #[serde(default)]
    associated_data: String,
    nonce: String,
}

impl ApiKey {
    /// Takes the key's 32 bytes, which are its characters. *Errors*: [`Error::Key`].
    pub fn read(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Key {
            read: format!("{} bytes", text.len()),
            expected: "an APIv3 key of exactly 32 bytes",
        };
        text.as_bytes().try_into().map(Self).map_err(|_| wrong())
    }

    /// Opens a piece of ciphertext. *Errors*: [`Error::SignType`] for another algorithm, [`Error::Decrypt`].
    pub fn open(&self, resource: &Resource) -> Result<Vec<u8>, Error> {
        if resource.algorithm != ALGORITHM {
            return Err(Error::SignType);
        }
        let nonce = nonce(&resource.nonce)?;
        let sealed = keys::BASE64.decode(&resource.ciphertext).map_err(|_| Error::Decrypt)?;
        let payload = Payload { msg: &sealed, aad: resource.associated_data.as_bytes() };
        Aes256Gcm::new(&self.0.into()).decrypt(&nonce, payload).map_err(|_| Error::Decrypt)
    }

    /// Seals a text as WeChat Pay does. `nonce` has 12 characters. *Errors*: [`Error::Malformed`] for another nonce.
    pub fn seal(
        &self,
        plain: &[u8],
        kind: Option<&str>,
        aad: &str,
        nonce_text: &str,
    ) -> Result<Resource, Error> {
        let payload = Payload { msg: plain, aad: aad.as_bytes() };
        let nonce = nonce(nonce_text).map_err(|_| Error::malformed("the nonce", "12 characters"))?;
        let sealed = Aes256Gcm::new(&self.0.into()).encrypt(&nonce, payload);
        Ok(Resource {
            original_type: kind.map(str::to_owned),
            algorithm: ALGORITHM.to_owned(),
            ciphertext: STANDARD.encode(sealed.map_err(|_| Error::TooLarge("the text"))?),
            associated_data: aad.to_owned(),
            nonce: nonce_text.to_owned(),
        })
    }
}

fn nonce(text: &str) -> Result<Nonce<aes_gcm::aead::consts::U12>, Error> {
    let bytes: [u8; NONCE_BYTES] = text.as_bytes().try_into().map_err(|_| Error::Decrypt)?;
    Ok(Nonce::from(bytes))
}
