//! Where Redis is.
//!
//! The address is a secret, because it may hold a password. The rule not to be broken: an address that cannot be
//! read is told before anything starts.

use ::settings::{Entry, ExposeSecret as _, Problems, Reader, SecretString, Source};
use redis::IntoConnectionInfo as _;

const NAME: &str = "REDIS_URL";
const DEFAULT_URL: &str = "redis://127.0.0.1:6379/";

/// Says where Redis is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address, password and all.
    pub url: SecretString,
}

impl Settings {
    /// Reads the settings. *Errors*: all problems at once.
    pub fn read(source: &Source) -> Result<Self, Problems> {
        let mut reader = source.reader("ephemeral");
        let settings = Self::read_from(&mut reader);
        reader.finish().map(|()| settings)
    }

    /// Tells what was read, for `dormpay doctor`.
    pub fn entries(source: &Source) -> Vec<Entry> {
        let mut reader = source.reader("ephemeral");
        Self::read_from(&mut reader);
        reader.entries().to_vec()
    }

    /// Takes an address as it is.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: SecretString::from(url.into()) }
    }

    /// Reads the settings with those of whoever needs them; `finish` of the reader tells what is wrong.
    pub fn read_from(reader: &mut Reader) -> Self {
        let read = reader.secret(NAME, "address of Redis, redis://127.0.0.1:6379/ if not set");
        let url = read.unwrap_or_else(|| DEFAULT_URL.into());
        if url.expose_secret().into_connection_info().is_err() {
            reader.refuse(NAME, "an address such as redis://:password@host:6379/0");
        }
        Self { url }
    }
}
