//! The keys with which WeChat Pay signs, by serial: its public key, platform certificates, or both at once.
//!
//! While a merchant switches over, either may sign; the serial says which. The rule not to be broken: no key is tried
//! that the serial does not name.

use std::collections::BTreeMap;

use super::PUBLIC_KEY_ID_PREFIX;
use crate::{
    Error,
    keys::{Certificate, PublicKey},
};

/// Holds the keys that verify. *Shape*: by exact serial.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    by_serial: BTreeMap<String, PublicKey>,
}

impl Keys {
    /// Adds the WeChat Pay public key under its id, `PUB_KEY_ID_…`. *Errors*: [`Error::Malformed`] for another id.
    pub fn with_public_key(mut self, id: &str, key: PublicKey) -> Result<Self, Error> {
        if !id.starts_with(PUBLIC_KEY_ID_PREFIX) {
            return Err(Error::malformed("the id of the public key", "PUB_KEY_ID_ and digits"));
        }
        self.by_serial.insert(id.to_owned(), key);
        Ok(self)
    }

    /// Adds a platform certificate under its serial. *Errors*: [`Error::Key`] if its key is not fit.
    pub fn add_certificate(&mut self, certificate: &Certificate) -> Result<(), Error> {
        self.by_serial.insert(certificate.serial_hex().to_owned(), certificate.public_key()?);
        Ok(())
    }

    /// Gives the key of a serial. *Errors*: [`Error::UnknownSerial`].
    pub fn get(&self, serial: &str) -> Result<&PublicKey, Error> {
        self.by_serial
            .get(serial)
            .ok_or_else(|| Error::UnknownSerial(serial.chars().take(SERIAL_CHARS_MAX).collect()))
    }

    /// Gives the id of the public key, if there is one: sent along, it makes WeChat Pay sign with that key.
    pub fn public_key_id(&self) -> Option<&str> {
        self.by_serial.keys().find(|serial| serial.starts_with(PUBLIC_KEY_ID_PREFIX)).map(String::as_str)
    }

    /// Tells whether there is no key at all yet.
    pub fn is_empty(&self) -> bool {
        self.by_serial.is_empty()
    }

    /// Gives all keys, for explaining.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &PublicKey)> {
        self.by_serial.iter()
    }
}

const SERIAL_CHARS_MAX: usize = 64;
