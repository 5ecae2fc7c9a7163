//! The signature explainer: which usual mistake makes a signature that fails verify after all.
//!
//! Each provider's module tries the mistakes that its integrators make; here are the words for them. It is a tool for
//! looking at a failure. The rule not to be broken: nothing is ever accepted because an explanation was found.

use std::fmt;

/// A mistake that integrators make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mistake {
    /// There is none: it verifies as it is.
    None,
    /// Not signed at all.
    Unsigned,
    /// The signature is not base64, or a `+` in it became a space on the way.
    DamagedSignature,
    /// Signed with, or checked with, the key of the other side.
    KeyOfTheOtherSide,
    /// The serial names another key than the one that signed.
    WrongSerial,
    /// We hold no key of the serial.
    UnknownSerial,
    /// Values were signed still escaped, or decoded twice.
    DecodedTwice,
    /// Values were signed as they stood in the form, not decoded.
    NotDecoded,
    /// The text was signed in another charset.
    Charset,
    /// The JSON was parsed and written again: order, spaces or escapes differ.
    Reserialised,
    /// HTML escapes such as `&quot;` were put in or taken out.
    HtmlEscaped,
    /// `sign_type` was signed where it must not be, or left out where it must be.
    SignTypeCounted,
    /// Parameters with empty values were signed where they must not be, or left out.
    EmptyValues,
    /// The line at the end, or a line break in the body, was added or lost.
    TrailingNewline,
    /// Timestamp and nonce were swapped.
    SwappedHeaders,
    /// The address was signed with its host, or without its query.
    Address,
    /// Only the signature's time is wrong; the signature itself holds.
    Clock,
    /// The hash was signed once instead of twice, or in upper case.
    HashedOnce,
    /// The signature is the provider's probe and wrong on purpose.
    Probe,
    /// The certificate that came along is not one that may sign.
    UntrustedCertificate,
}

impl Mistake {
    /// Says what is wrong and what to do, in one sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::None => "the signature holds",
            Self::Unsigned => "there is no signature: the other side refused before it could sign",
            Self::DamagedSignature => {
                "the signature was damaged on the way: `+` became a space, or padding was lost"
            }
            Self::KeyOfTheOtherSide => "the keys are mixed up: it verifies with the key of the other side",
            Self::WrongSerial => "the serial names another key than the one that signed",
            Self::UnknownSerial => {
                "we hold no key of this serial: refresh the certificates or set the public key"
            }
            Self::DecodedTwice => "values were decoded twice: a literal % or + was decoded once more",
            Self::NotDecoded => "the escaped values were signed: decode the form once before signing",
            Self::Charset => "the text was signed in another charset than it came in",
            Self::Reserialised => "the JSON was parsed and written again: verify the bytes that came",
            Self::HtmlEscaped => "HTML escapes were added or removed on the way",
            Self::SignTypeCounted => "sign_type was counted wrongly: requests sign it, notifications do not",
            Self::EmptyValues => {
                "empty values were counted wrongly: requests leave them out, notifications keep them"
            }
            Self::TrailingNewline => "a line break at the end was added or lost: every line ends with one",
            Self::SwappedHeaders => "timestamp and nonce were swapped",
            Self::Address => "the wrong form of the address was signed: path and query, without host",
            Self::Clock => "the signature holds, its time does not: set the clock or look for a replay",
            Self::HashedOnce => {
                "the digest was taken wrongly: sign the 64 lower-case hex characters of the SHA-256"
            }
            Self::Probe => {
                "it is the provider's signature probe and wrong on purpose: refuse it, nothing is broken"
            }
            Self::UntrustedCertificate => {
                "the signature holds, but its certificate may not sign for the provider"
            }
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

/// What was tried, in order, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The mistakes that were tried, each with whether it makes the signature verify.
    pub tried: Vec<(Mistake, bool)>,
}

impl Explanation {
    /// Gives the first mistake that explains the failure, if one does.
    pub fn cause(&self) -> Option<Mistake> {
        self.tried.iter().find(|(_, verifies)| *verifies).map(|(mistake, _)| *mistake)
    }

    /// Notes a mistake; once the cause is found no more is tried.
    pub(crate) fn attempt(&mut self, mistake: Mistake, verifies: impl FnOnce() -> bool) -> &mut Self {
        if self.cause().is_none() {
            self.tried.push((mistake, verifies()));
        }
        self
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause() {
            Some(mistake) => mistake.fmt(f),
            None => write!(
                f,
                "none of {} usual mistakes explains it: the content was changed, or another key signed",
                self.tried.len()
            ),
        }
    }
}
