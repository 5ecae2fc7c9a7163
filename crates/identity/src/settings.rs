//! The keys that every service needs: whom to believe and how to sign for itself.
//!
//! In development missing keys are made under the data directory; in production a missing key is a problem. The
//! user service's private key is read here too, by itself alone.

use std::sync::Arc;

use ::settings::{Entry, ExposeSecret as _, Problems, Reader, Source};
use clock::Clock;
use fault::Fault;

use crate::{PrivateKey, PublicKey, ServiceSigner, Verifier, development};

const JWT_PRIVATE_KEY: &str = "JWT_PRIVATE_KEY";
const JWT_PUBLIC_KEY: &str = "JWT_PUBLIC_KEY";
const SERVICE_IDENTITY_KEY: &str = "SERVICE_IDENTITY_KEY";
const SERVICE_PUBLIC_KEYS: &str = "SERVICE_PUBLIC_KEYS";
const USER_KEY_FILE: &str = "user-signing";
const SERVICE_KEY_FILE: &str = "service";

/// Holds the keys with which a service checks and signs.
#[derive(Clone, Debug)]
pub struct Settings {
    user_keys: Vec<PublicKey>,
    service_keys: Vec<PublicKey>,
    service_key: PrivateKey,
    entries: Vec<Entry>,
}

impl Settings {
    /// Reads `JWT_PUBLIC_KEY` (several PEM blocks during a change of keys), `SERVICE_IDENTITY_KEY` and
    /// `SERVICE_PUBLIC_KEYS` (more keys of services to believe during a change).
    pub fn read(source: &Source) -> Result<Self, Problems> {
        let mut reader = source.reader("identity");
        let service_key = private_key(
            &mut reader,
            SERVICE_IDENTITY_KEY,
            SERVICE_KEY_FILE,
            "Ed25519 private key with which services sign calls to each other",
        );
        let user_keys = user_keys(&mut reader);
        let more = public_keys(&mut reader, SERVICE_PUBLIC_KEYS, "more public keys of services to believe");
        reader.finish()?;
        let Some(service_key) = service_key else { return Err(Problems::default()) };
        let mut service_keys = vec![service_key.public()];
        service_keys.extend(more);
        Ok(Self { user_keys, service_keys, service_key, entries: reader.entries().to_vec() })
    }

    /// Takes keys as they are. For tests.
    pub fn from_keys(user_key: &PrivateKey, service_key: &PrivateKey) -> Self {
        Self {
            user_keys: vec![user_key.public()],
            service_keys: vec![service_key.public()],
            service_key: service_key.clone(),
            entries: Vec::new(),
        }
    }

    /// Makes the verifier of a service.
    pub fn verifier(&self, clock: Clock) -> Verifier {
        Verifier::new(&self.user_keys, &self.service_keys, clock)
    }

    /// Makes the signer of a service, such as `expense`. *Errors*: internal, if the key cannot be used.
    pub fn signer(&self, service: &str, clock: Clock) -> Result<Arc<ServiceSigner>, Fault> {
        ServiceSigner::new(service, &self.service_key, clock).map(Arc::new)
    }

    /// Gives what was read, for `dormpay doctor`.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// Reads the key with which the user service signs. The user service alone calls this.
pub fn signing_key(reader: &mut Reader) -> Option<PrivateKey> {
    private_key(
        reader,
        JWT_PRIVATE_KEY,
        USER_KEY_FILE,
        "Ed25519 private key of access tokens, for the user service",
    )
}

/// Finds the keys of access tokens: the public ones given, else the public half of the private one.
fn user_keys(reader: &mut Reader) -> Vec<PublicKey> {
    let given =
        public_keys(reader, JWT_PUBLIC_KEY, "Ed25519 public keys of access tokens, PEM blocks in a row");
    if !given.is_empty() {
        return given;
    }
    let own = reader.key_material(JWT_PRIVATE_KEY, "its public half serves where JWT_PUBLIC_KEY is not set");
    if let Some(key) = own.and_then(|text| PrivateKey::parse(text.expose_secret()).ok()) {
        return vec![key.public()];
    }
    if reader.profile().is_production() {
        reader.refuse(JWT_PUBLIC_KEY, crate::KeyError::Public.to_string());
        return Vec::new();
    }
    made(reader, JWT_PUBLIC_KEY, USER_KEY_FILE).map(|key| vec![key.public()]).unwrap_or_default()
}

fn public_keys(reader: &mut Reader, name: &str, doc: &'static str) -> Vec<PublicKey> {
    let Some(text) = reader.key_material(name, doc) else { return Vec::new() };
    match PublicKey::parse_all(text.expose_secret()) {
        Ok(keys) => keys,
        Err(error) => {
            reader.refuse(name, error.to_string());
            Vec::new()
        }
    }
}

fn private_key(reader: &mut Reader, name: &str, file: &str, doc: &'static str) -> Option<PrivateKey> {
    match reader.key_material(name, doc) {
        Some(text) => {
            let parsed = PrivateKey::parse(text.expose_secret());
            parsed.map_err(|error| reader.refuse(name, error.to_string())).ok()
        }
        None if reader.profile().is_production() => {
            reader.refuse(name, crate::KeyError::Private.to_string());
            None
        }
        None => made(reader, name, file),
    }
}

fn made(reader: &mut Reader, name: &str, file: &str) -> Option<PrivateKey> {
    let data_dir = reader.data_dir();
    match development::key(&data_dir, file) {
        Ok(key) => Some(key),
        Err(error) => {
            let path = data_dir.join("identity").join(file);
            reader.refuse(
                name,
                format!("a key, or a folder in which {}.pem can be made ({error})", path.display()),
            );
            None
        }
    }
}
