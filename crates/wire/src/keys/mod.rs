//! RSA keys and certificates in every form in which providers and merchants hand them out.
//!
//! PEM, bare base64, PKCS#1, PKCS#8, `SubjectPublicKeyInfo`, X.509. Signing and verifying is done by ring, in constant
//! time where a private key is used. Which key belongs to whom is not known here. The rule not to be broken: a key is
//! never printed, and an error names what was read and what was expected, not its content.

mod certificate;
mod private;
mod public;
mod text;

pub(crate) use self::text::BASE64;
pub use self::{certificate::Certificate, private::PrivateKey, public::PublicKey};

/// The fewest bits of a key that is accepted.
pub const KEY_BITS_MIN: usize = 2_048;
