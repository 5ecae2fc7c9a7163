//! The serials of certificate mode: MD5 over the issuer and the number, as Alipay prescribes.
//!
//! MD5 names certificates here and protects nothing.

use md5::{Digest as _, Md5};

use crate::{Error, keys::Certificate};

/// Gives `app_cert_sn` or `alipay_cert_sn` of a certificate. *Shape*: 32 hex digits.
pub fn certificate_serial(certificate: &Certificate) -> String {
    let name = format!("{}{}", certificate.issuer_reversed(), certificate.serial_decimal());
    hex::encode(Md5::digest(name.as_bytes()))
}

/// Gives `alipay_root_cert_sn` of the root file: those of its certificates that RSA signed, in its order.
/// *Errors*: [`Error::Key`] if the file is no bundle of certificates, [`Error::Missing`] if RSA signed none.
pub fn root_serial(bundle: &str) -> Result<String, Error> {
    let all = Certificate::read_all(bundle)?;
    let serials: Vec<_> = all.iter().filter(|one| one.is_rsa_signed()).map(certificate_serial).collect();
    if serials.is_empty() {
        Err(Error::Missing("a root certificate signed with RSA"))
    } else {
        Ok(serials.join("_"))
    }
}
