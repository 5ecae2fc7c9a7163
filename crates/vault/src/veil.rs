//! Secrets derived from a service's own key: what a repeated request is recognised by, and what seals its reply.
//!
//! Requests hold passwords and replies hold tokens; neither may lie in the database in a form that can be tried
//! out or used. Passwords themselves are hashed in `passwords`. The rule not to be broken: a stored reply is
//! sealed together with its key, so that it opens for no other.

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clock::Clock;
use durable::idempotency::Key;
use fault::Fault;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use host::Veil;
use sha2::Sha256;

const NONCE_BYTES: usize = 12;

/// Holds the derived secrets.
pub struct Vault {
    requests: [u8; 32],
    names: [u8; 32],
    cipher: Aes256Gcm,
    clock: Clock,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// Derives the secrets of a service, such as `user`, from a key of its own. A new key makes old keys of requests
    /// conflict, which refuses rather than repeats.
    pub fn new(secret: &[u8], service: &str, clock: Clock) -> Result<Self, Fault> {
        let derive = |purpose: &str| derive(secret, &format!("dormpay {service}: {purpose}"));
        let seal = derive("replies")?;
        Ok(Self {
            requests: derive("requests")?,
            names: derive("names")?,
            cipher: Aes256Gcm::new(&seal.into()),
            clock,
        })
    }

    /// Hides something that somebody typed, such as a name at the login; the same text always gives the same.
    pub fn hidden(&self, text: &str) -> Result<[u8; 32], Fault> {
        mac(&self.names, &[text.as_bytes()])
    }
}

impl Veil for Vault {
    fn key(&self, scope: i64, key: String, method: &str, message: &[u8]) -> Result<Key, Fault> {
        let hash = mac(&self.requests, &[method.as_bytes(), &[0], message])?;
        Ok(Key { scope, key, hash })
    }

    fn seal(&self, key: &Key, reply: &[u8]) -> Result<Vec<u8>, Fault> {
        let random = URL_SAFE_NO_PAD.decode(self.clock.token(NONCE_BYTES)).map_err(Fault::internal)?;
        let nonce = Nonce::try_from(random.as_slice()).map_err(Fault::internal)?;
        let payload = Payload { msg: reply, aad: &bound_to(key) };
        let mut sealed = random;
        sealed.extend(self.cipher.encrypt(&nonce, payload).map_err(Fault::internal)?);
        Ok(sealed)
    }

    fn open(&self, key: &Key, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        let (nonce, text) = sealed
            .split_at_checked(NONCE_BYTES)
            .ok_or_else(|| Fault::internal("a stored reply is too short"))?;
        let nonce = Nonce::try_from(nonce).map_err(Fault::internal)?;
        let payload = Payload { msg: text, aad: &bound_to(key) };
        self.cipher.decrypt(&nonce, payload).map_err(|_| Fault::internal("a stored reply does not open"))
    }
}

fn derive(key: &[u8], purpose: &str) -> Result<[u8; 32], Fault> {
    let mut secret = [0; 32];
    Hkdf::<Sha256>::new(None, key).expand(purpose.as_bytes(), &mut secret).map_err(Fault::internal)?;
    Ok(secret)
}

fn mac(secret: &[u8; 32], parts: &[&[u8]]) -> Result<[u8; 32], Fault> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret).map_err(Fault::internal)?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

fn bound_to(key: &Key) -> Vec<u8> {
    let mut text = key.scope.to_be_bytes().to_vec();
    text.extend(key.hash);
    text.extend(key.key.as_bytes());
    text
}
