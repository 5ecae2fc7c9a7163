//! Whose certificate may sign for UnionPay.
//!
//! The rule not to be broken: name, dates and the whole chain are checked; without one of them everybody could sign
//! with a certificate of his own.

use crate::{Error, keys::Certificate};

const COMPANY: &str = "中国银联股份有限公司";
/// The name that the providers' test systems use beside the company's.
const TEST_SIGNER: &str = "00040000:SIGN";
const NAME_PARTS: char = '@';
const COMPANY_PART: usize = 2;

/// The certificates above those of UnionPay.
#[derive(Clone, Debug)]
pub struct Trust {
    middles: Vec<Certificate>,
    roots: Vec<Certificate>,
    allows_test_signer: bool,
}

impl Trust {
    /// Takes the middle and root certificates; a bundle may hold both kinds, those that issued themselves are roots.
    /// *Errors*: [`Error::Key`], [`Error::Missing`] if there is no root among them.
    pub fn read(bundle: &str, allows_test_signer: bool) -> Result<Self, Error> {
        let all = Certificate::read_all(bundle)?;
        let (roots, middles): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.is_issued_by(one));
        if roots.is_empty() {
            return Err(Error::Missing("UnionPay's root certificate"));
        }
        Ok(Self { middles, roots, allows_test_signer })
    }

    /// Checks a certificate that came with a message. *Errors*: [`Error::Untrusted`].
    pub fn check(&self, certificate: &Certificate, now_unix: i64) -> Result<(), Error> {
        if !self.is_unionpay(certificate.common_name()) {
            return Err(Error::Untrusted("its name is not UnionPay's"));
        }
        if !certificate.is_valid_at(now_unix) {
            return Err(Error::Untrusted("it is not valid now"));
        }
        let issued = |child: &Certificate, above: &[Certificate]| {
            above.iter().find(|one| one.is_valid_at(now_unix) && child.is_issued_by(one)).cloned()
        };
        let by_root = issued(certificate, &self.roots).is_some();
        let by_middle = || {
            issued(certificate, &self.middles).is_some_and(|middle| issued(&middle, &self.roots).is_some())
        };
        if by_root || by_middle() { Ok(()) } else { Err(Error::Untrusted("it does not chain to the root")) }
    }

    fn is_unionpay(&self, common_name: &str) -> bool {
        common_name.split(NAME_PARTS).nth(COMPANY_PART) == Some(COMPANY)
            || (self.allows_test_signer && common_name == TEST_SIGNER)
    }
}
