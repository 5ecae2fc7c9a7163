//! Signing and verifying: the SHA-256 of the sorted parameters, in hex, is what RSA signs.

use sha2::{Digest as _, Sha256};

use super::{SIGN_METHOD, Trust, VERSION};
use crate::{
    Error, Params, form,
    keys::{Certificate, PrivateKey, PublicKey},
};

const SIGNATURE: &str = "signature";
const SIGNER: &str = "signPubKeyCert";

/// Gives the text that is signed: without `signature` and without empty values.
pub fn canonical(params: &Params) -> String {
    form::joined(params, &[SIGNATURE], false)
}

/// Gives the 64 characters that RSA signs.
pub fn digest(canonical: &str) -> String {
    hex::encode(Sha256::digest(canonical.as_bytes()))
}

/// A key with its certificate.
#[derive(Clone, Debug)]
pub struct Signer {
    key: PrivateKey,
    certificate: Certificate,
}

impl Signer {
    /// Puts key and certificate together. *Errors*: [`Error::Key`] if they are not a pair.
    pub fn new(key: PrivateKey, certificate: Certificate) -> Result<Self, Error> {
        if certificate.public_key()? != key.public() {
            let read = "a certificate of another key".to_owned();
            return Err(Error::Key { read, expected: "the certificate of the private key" });
        }
        Ok(Self { key, certificate })
    }

    /// Gives the public half.
    pub fn public(&self) -> PublicKey {
        self.key.public()
    }

    /// Signs a merchant's request, naming the certificate by its number. *Errors*: as [`PrivateKey::sign`].
    pub fn sign_request(&self, params: &mut Params) -> Result<(), Error> {
        params.insert("certId".to_owned(), self.certificate.serial_decimal().to_owned());
        self.sign(params)
    }

    /// Signs as UnionPay does: the certificate travels along. *Errors*: as [`PrivateKey::sign`].
    pub fn sign_with_certificate(&self, params: &mut Params) -> Result<(), Error> {
        params.insert(SIGNER.to_owned(), self.certificate.to_pem());
        self.sign(params)
    }

    fn sign(&self, params: &mut Params) -> Result<(), Error> {
        params.retain(|_, value| !value.is_empty());
        params.insert("version".to_owned(), VERSION.to_owned());
        params.insert("signMethod".to_owned(), SIGN_METHOD.to_owned());
        let signature = self.key.sign(digest(&canonical(params)).as_bytes())?;
        params.insert(SIGNATURE.to_owned(), signature);
        Ok(())
    }

    /// Verifies a request as the gateway does, which knows the merchant's certificate. *Errors*: as [`verify`], and
    /// [`Error::UnknownSerial`].
    pub fn verify_request(certificate: &Certificate, params: &Params) -> Result<(), Error> {
        let named = params.get("certId").ok_or(Error::Missing("certId"))?;
        if named != certificate.serial_decimal() {
            return Err(Error::UnknownSerial(named.clone()));
        }
        verify_with(certificate, params)
    }
}

/// Verifies an answer or a notification with the certificate that came along, if that may be trusted. *Errors*:
/// [`Error::SignType`] for another version or method, [`Error::Unsigned`], [`Error::Missing`], [`Error::Untrusted`],
/// [`Error::BadSignature`].
pub fn verify(params: &Params, trust: &Trust, now_unix: i64) -> Result<(), Error> {
    let certificate = signer_of(params)?;
    trust.check(&certificate, now_unix)?;
    verify_with(&certificate, params)
}

pub(super) fn signer_of(params: &Params) -> Result<Certificate, Error> {
    Certificate::read(params.get(SIGNER).ok_or(Error::Missing(SIGNER))?)
}

fn verify_with(certificate: &Certificate, params: &Params) -> Result<(), Error> {
    let is = |name: &str, value: &str| params.get(name).is_some_and(|found| found == value);
    if !is("version", VERSION) || !is("signMethod", SIGN_METHOD) {
        return Err(Error::SignType);
    }
    let signature = params.get(SIGNATURE).ok_or(Error::Unsigned)?;
    // In braces a value may hold pairs; elsewhere they could be a parameter that hides.
    let hides = |value: &str| !value.starts_with(['{', '[']) && form::hides_a_parameter(value.as_bytes());
    if params.values().any(|value| hides(value)) {
        return Err(Error::malformed("the message", "one whose values hold no parameters"));
    }
    let key = certificate.public_key()?;
    // Some of UnionPay's programs sign empty values; leaving them out or not changes nothing that is read.
    let texts = [canonical(params), form::joined(params, &[SIGNATURE], true)];
    let holds = texts.iter().any(|text| key.verifies(digest(text).as_bytes(), signature));
    if holds { Ok(()) } else { Err(Error::BadSignature) }
}
