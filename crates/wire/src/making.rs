//! Making of keys and certificates, for the sandbox and for tests.
//!
//! Switched on by the feature `making`; a service that talks to real providers has no use for it. What the names and
//! serials must be is the providers' business.

use std::fmt;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256,
    SerialNumber, date_time_ymd,
};
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding},
    rand_core::OsRng,
};

use crate::{Error, keys::KEY_BITS_MIN};

const EXPECTED: &str = "something of which a key or certificate can be made";

/// Makes an RSA key of 2048 bits. *Shape*: PKCS#8 PEM. Takes up to a second of computing.
pub fn private_key() -> Result<String, Error> {
    let key = RsaPrivateKey::new(&mut OsRng, KEY_BITS_MIN).map_err(wrong)?;
    Ok(key.to_pkcs8_pem(LineEnding::LF).map_err(wrong)?.to_string())
}

/// Gives the public half of a PKCS#8 PEM. *Shape*: `SubjectPublicKeyInfo` PEM.
pub fn public_pem(private_pem: &str) -> Result<String, Error> {
    let key = RsaPrivateKey::from_pkcs8_pem(private_pem).map_err(wrong)?;
    RsaPublicKey::from(&key).to_public_key_pem(LineEnding::LF).map_err(wrong)
}

/// What a certificate shall say.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Country, organisation, unit, common name, in this order; an empty one is left out.
    pub name: [&'a str; 4],
    /// The serial, big endian, at most 20 bytes.
    pub serial: &'a [u8],
    /// Valid from the first of January of the first year to that of the second, UTC.
    pub years: (i32, i32),
}

/// A certificate that signs others, with its key.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority(***)")
    }
}

impl Authority {
    /// Makes one that signs itself. *Errors*: [`Error::Key`].
    pub fn root(wanted: &Wanted<'_>, private_pem: &str) -> Result<Self, Error> {
        let (params, pair) = (params(wanted, true), pair(private_pem)?);
        let pem = params.self_signed(&pair).map_err(wrong)?.pem();
        Ok(Self { pem, issuer: Issuer::new(params, pair) })
    }

    /// Makes one below this one. *Errors*: [`Error::Key`].
    pub fn authority(&self, wanted: &Wanted<'_>, private_pem: &str) -> Result<Self, Error> {
        let (params, pair) = (params(wanted, true), pair(private_pem)?);
        let pem = params.signed_by(&pair, &self.issuer).map_err(wrong)?.pem();
        Ok(Self { pem, issuer: Issuer::new(params, pair) })
    }

    /// Issues a certificate that signs no others. *Shape*: PEM. *Errors*: [`Error::Key`].
    pub fn issue(&self, wanted: &Wanted<'_>, private_pem: &str) -> Result<String, Error> {
        let pair = pair(private_pem)?;
        Ok(params(wanted, false).signed_by(&pair, &self.issuer).map_err(wrong)?.pem())
    }

    /// Gives its certificate. *Shape*: PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

fn params(wanted: &Wanted<'_>, is_authority: bool) -> CertificateParams {
    let kinds =
        [DnType::CountryName, DnType::OrganizationName, DnType::OrganizationalUnitName, DnType::CommonName];
    let mut name = DistinguishedName::new();
    for (kind, value) in kinds.into_iter().zip(wanted.name).filter(|(_, value)| !value.is_empty()) {
        name.push(kind, value);
    }
    let (first, last) = wanted.years;
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.serial_number = Some(SerialNumber::from_slice(wanted.serial));
    params.not_before = date_time_ymd(first, 1, 1);
    params.not_after = date_time_ymd(last, 1, 1);
    params.is_ca = if is_authority { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
    params
}

fn pair(private_pem: &str) -> Result<KeyPair, Error> {
    KeyPair::from_pkcs8_pem_and_sign_algo(private_pem, &PKCS_RSA_SHA256).map_err(wrong)
}

fn wrong(error: impl fmt::Display) -> Error {
    Error::Key { read: error.to_string(), expected: EXPECTED }
}
