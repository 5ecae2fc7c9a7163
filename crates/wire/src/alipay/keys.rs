//! The keys with which Alipay signs: one public key, or certificates by their serial.
//!
//! In certificate mode an answer names the certificate; a notification does not, so any of them may have signed. The
//! rule not to be broken: a certificate is added only if it chains to the root file.

use std::collections::BTreeMap;

use super::certificate_serial;
use crate::{
    Error,
    keys::{Certificate, PublicKey},
};

/// Holds what verifies Alipay's signatures.
#[derive(Clone, Debug)]
pub struct Keys(Mode);

#[derive(Clone, Debug)]
enum Mode {
    Key(PublicKey),
    Certificates { by_serial: BTreeMap<String, PublicKey>, roots: Vec<Certificate> },
}

impl Keys {
    /// Key mode: the *Alipay* public key of the console, not the app's.
    pub const fn of_key(key: PublicKey) -> Self {
        Self(Mode::Key(key))
    }

    /// Certificate mode: Alipay's certificate, chaining to one of the root file. *Errors*: [`Error::Untrusted`].
    pub fn of_certificate(text: &str, roots: &str) -> Result<Self, Error> {
        let roots = Certificate::read_all(roots)?;
        let mut keys = Self(Mode::Certificates { by_serial: BTreeMap::new(), roots });
        keys.add_certificates(text)?;
        Ok(keys)
    }

    /// Adds a certificate, as after a rotation; the text may hold its chain. *Errors*: [`Error::Untrusted`] if it does
    /// not chain to the root file, or in key mode.
    pub fn add_certificates(&mut self, text: &str) -> Result<(), Error> {
        let Mode::Certificates { by_serial, roots } = &mut self.0 else {
            return Err(Error::Untrusted("these keys are in key mode"));
        };
        let chain = Certificate::read_all(text)?;
        let (Some(leaf), above) = (chain.first(), chain.get(1..).unwrap_or_default()) else {
            return Err(Error::Missing("certificate"));
        };
        if !chains(leaf, above, roots) {
            return Err(Error::Untrusted("it does not chain to the root certificates"));
        }
        by_serial.insert(certificate_serial(leaf), leaf.public_key()?);
        Ok(())
    }

    /// Tells whether answers name their certificate.
    pub const fn is_certificate_mode(&self) -> bool {
        matches!(self.0, Mode::Certificates { .. })
    }

    /// Gives the keys that may have signed an answer. *Errors*: [`Error::UnknownSerial`], [`Error::Missing`].
    pub(super) fn for_answer(&self, serial: Option<&str>) -> Result<Vec<&PublicKey>, Error> {
        match (&self.0, serial) {
            (Mode::Key(key), _) => Ok(vec![key]),
            (Mode::Certificates { by_serial, .. }, Some(serial)) => {
                let key = by_serial.get(serial).ok_or_else(|| Error::UnknownSerial(serial.to_owned()))?;
                Ok(vec![key])
            }
            (Mode::Certificates { .. }, None) => Err(Error::Missing("alipay_cert_sn")),
        }
    }

    /// Gives the keys that may have signed a notification.
    pub(super) fn all(&self) -> Vec<&PublicKey> {
        match &self.0 {
            Mode::Key(key) => vec![key],
            Mode::Certificates { by_serial, .. } => by_serial.values().collect(),
        }
    }
}

/// Follows the chain upwards through what came along until an anchor issued it.
fn chains(leaf: &Certificate, above: &[Certificate], roots: &[Certificate]) -> bool {
    let mut current = leaf;
    for next in above {
        if roots.iter().any(|root| current.is_issued_by(root)) {
            return true;
        }
        if !current.is_issued_by(next) {
            return false;
        }
        current = next;
    }
    roots.iter().any(|root| root == current || current.is_issued_by(root))
}
