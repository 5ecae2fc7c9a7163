//! X.509 certificates: their serials in every spelling, their names, their time and who signed them.
//!
//! Which certificate may sign for a provider is that provider's rule and stands there.

use std::fmt;

use x509_parser::{
    certificate::X509Certificate,
    oid_registry::{OID_PKCS1_RSAENCRYPTION, OID_X509_COMMON_NAME},
    prelude::FromDer as _,
    x509::X509Name,
};

use super::{PublicKey, text::blocks};
use crate::Error;

const EXPECTED: &str = "an X.509 certificate, as PEM or bare base64";
/// Signature algorithms of RSA have this prefix: 1.2.840.113549.1.1.
const RSA_ARC: &str = "1.2.840.113549.1.1.";
const SERIAL_HEX_DIGITS: usize = 40;
const DER_LINE_CHARS: usize = 64;

/// A certificate. Printing shows its serial and common name.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    serial_decimal: String,
    serial_hex: String,
    issuer_reversed: String,
    common_name: String,
    is_rsa_signed: bool,
    is_authority: bool,
    not_before_unix: i64,
    not_after_unix: i64,
    public_key: Option<PublicKey>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("serial", &self.serial_hex)
            .field("cn", &self.common_name)
            .finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads one certificate, the first of the text. *Errors*: [`Error::Key`].
    pub fn read(text: &str) -> Result<Self, Error> {
        let first = Self::read_all(text)?.into_iter().next();
        first.ok_or(Error::Missing("certificate"))
    }

    /// Reads all certificates of a bundle, in its order. *Shape*: never empty. *Errors*: [`Error::Key`].
    pub fn read_all(text: &str) -> Result<Vec<Self>, Error> {
        let all = blocks(text, EXPECTED)?;
        let other =
            all.iter().find(|block| block.label.as_deref().is_some_and(|label| label != "CERTIFICATE"));
        if let Some(block) = other {
            return Err(Error::Key { read: super::text::name_of(block), expected: EXPECTED });
        }
        all.into_iter().map(|block| Self::of_der(block.der)).collect()
    }

    /// Reads DER. *Errors*: [`Error::Key`].
    pub fn of_der(der: Vec<u8>) -> Result<Self, Error> {
        let wrong = |read: &str| Error::Key { read: read.to_owned(), expected: EXPECTED };
        let (rest, parsed) = X509Certificate::from_der(&der).map_err(|_| wrong("something else"))?;
        if !rest.is_empty() {
            return Err(wrong("a certificate with more behind it"));
        }
        let info = parsed.public_key();
        let is_rsa = info.algorithm.algorithm == OID_PKCS1_RSAENCRYPTION;
        Ok(Self {
            serial_decimal: parsed.tbs_certificate.serial.to_string(),
            serial_hex: format!("{:0>SERIAL_HEX_DIGITS$X}", parsed.tbs_certificate.serial),
            issuer_reversed: reversed(parsed.issuer())?,
            common_name: common_name(parsed.subject()).unwrap_or_default(),
            is_rsa_signed: parsed.signature_algorithm.algorithm.to_id_string().starts_with(RSA_ARC),
            is_authority: parsed.is_ca(),
            not_before_unix: parsed.validity().not_before.timestamp(),
            not_after_unix: parsed.validity().not_after.timestamp(),
            public_key: is_rsa.then(|| PublicKey::of_info(info)).flatten(),
            der,
        })
    }

    /// Gives the serial in decimal, as UnionPay and Alipay write it.
    pub fn serial_decimal(&self) -> &str {
        &self.serial_decimal
    }

    /// Gives the serial in 40 upper-case hex digits, leading zeros kept, as WeChat Pay writes it.
    pub fn serial_hex(&self) -> &str {
        &self.serial_hex
    }

    /// Gives the subject's common name; empty if it has none.
    pub fn common_name(&self) -> &str {
        &self.common_name
    }

    /// Gives the key. *Errors*: [`Error::Key`] if it is not RSA of at least 2048 bits.
    pub fn public_key(&self) -> Result<PublicKey, Error> {
        let expected = "a certificate of an RSA key of at least 2048 bits";
        self.public_key.clone().ok_or_else(|| Error::Key { read: "one of another key".to_owned(), expected })
    }

    /// Tells whether the certificate is valid at an instant, Unix seconds.
    pub const fn is_valid_at(&self, unix_seconds: i64) -> bool {
        self.not_before_unix <= unix_seconds && unix_seconds <= self.not_after_unix
    }

    /// Gives the last instant at which it is valid, Unix seconds.
    pub const fn not_after_unix(&self) -> i64 {
        self.not_after_unix
    }

    /// Gives the first instant at which it is valid, Unix seconds.
    pub const fn not_before_unix(&self) -> i64 {
        self.not_before_unix
    }

    /// Tells whether an authority issued this certificate: names meet, it may sign certificates, the signature holds.
    pub fn is_issued_by(&self, authority: &Self) -> bool {
        let (Ok((_, own)), Ok((_, above))) =
            (X509Certificate::from_der(&self.der), X509Certificate::from_der(&authority.der))
        else {
            return false;
        };
        authority.is_authority
            && own.issuer().as_raw() == above.subject().as_raw()
            && own.verify_signature(Some(above.public_key())).is_ok()
    }

    /// Gives PEM with lines of 64 characters, ending with a line break.
    pub fn to_pem(&self) -> String {
        let config =
            pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF).set_line_wrap(DER_LINE_CHARS);
        pem::encode_config(&pem::Pem::new("CERTIFICATE", self.der.clone()), config)
    }

    /// Tells whether RSA signed it.
    pub(crate) const fn is_rsa_signed(&self) -> bool {
        self.is_rsa_signed
    }

    /// Gives the issuer's attributes from last to first, `CN=…,OU=…`.
    pub(crate) fn issuer_reversed(&self) -> &str {
        &self.issuer_reversed
    }
}

fn common_name(name: &X509Name<'_>) -> Option<String> {
    let value = name.iter_by_oid(&OID_X509_COMMON_NAME).next()?;
    value.as_str().ok().map(str::to_owned)
}

fn reversed(name: &X509Name<'_>) -> Result<String, Error> {
    let mut parts = Vec::new();
    for attribute in name.iter_attributes() {
        let oid = attribute.attr_type();
        let short = short_name(&oid.to_id_string()).map_or_else(|| oid.to_id_string(), str::to_owned);
        let value = attribute.as_str().map_err(|_| Error::malformed("the issuer's name", "text"))?;
        parts.push(format!("{short}={value}"));
    }
    parts.reverse();
    Ok(parts.join(","))
}

fn short_name(oid: &str) -> Option<&'static str> {
    let short = match oid {
        "2.5.4.3" => "CN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => return None,
    };
    Some(short)
}
