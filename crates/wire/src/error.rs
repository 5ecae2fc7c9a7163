//! What can be wrong with what a provider, or somebody who pretends to be one, sent; or with a key.
//!
//! What follows from it is decided by the caller. The rule not to be broken: no text shows a key, a signature or the
//! content of a message.

/// Says why something was not read, verified, signed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A key or certificate is not what it should be.
    #[error("read {read}, expected {expected}")]
    Key {
        /// What it turned out to be.
        read: String,
        /// What was needed.
        expected: &'static str,
    },
    /// A parameter, member or header is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A part is not in its form.
    #[error("{what} is not {expected}")]
    Malformed {
        /// Which part.
        what: &'static str,
        /// The form.
        expected: &'static str,
    },
    /// The signature was made with another key or over other bytes.
    #[error("the signature does not match")]
    BadSignature,
    /// The provider did not sign this; nothing in it may be believed.
    #[error("it is not signed")]
    Unsigned,
    /// Another kind of signature than the one agreed on was announced.
    #[error("the signature type is not accepted")]
    SignType,
    /// The message is too old or from the future.
    #[error("its time is {off_seconds} s away from ours")]
    Clock {
        /// Its time minus ours, in seconds.
        off_seconds: i64,
    },
    /// The message names a key that we do not hold.
    #[error("no key of ours has the serial {0}")]
    UnknownSerial(String),
    /// The signature is wrong on purpose: the provider probes whether we verify.
    #[error("it is a signature probe")]
    Probe,
    /// The ciphertext does not open with this key and these associated data.
    #[error("it does not decrypt")]
    Decrypt,
    /// The certificate is not one that may sign this.
    #[error("the certificate is not trusted: {0}")]
    Untrusted(&'static str),
    /// Larger than anything the provider sends.
    #[error("{0} is too large")]
    TooLarge(&'static str),
}

impl Error {
    pub(crate) const fn malformed(what: &'static str, expected: &'static str) -> Self {
        Self::Malformed { what, expected }
    }
}
