//! From text to DER: PEM blocks or one bare base64, with or without line breaks.
//!
//! What the DER holds is found out by others; `name_of` can tell for an error message.

use base64::{
    Engine as _,
    alphabet::STANDARD as ALPHABET,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use ring::signature::RsaKeyPair;
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _, x509::SubjectPublicKeyInfo};

use crate::Error;

/// Padding may be lost on the way through consoles and forms; more lenient than that nothing is.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const TEXT_BYTES_MAX: usize = 64 * 1024;
const MARK: &str = "-----BEGIN ";

/// A piece of DER, with the label that PEM gave it.
pub(crate) struct Block {
    pub(crate) label: Option<String>,
    pub(crate) der: Vec<u8>,
}

/// Reads all blocks of a text. *Shape*: never empty. *Errors*: a key error that ends with `expected`.
pub(crate) fn blocks(text: &str, expected: &'static str) -> Result<Vec<Block>, Error> {
    let wrong = |read: &str| Error::Key { read: read.to_owned(), expected };
    if text.len() > TEXT_BYTES_MAX {
        return Err(wrong("more than 64 KiB"));
    }
    if text.trim().is_empty() {
        return Err(wrong("nothing"));
    }
    if text.contains(MARK) {
        let text = text.replace("\\n", "\n");
        let all = pem::parse_many(text).map_err(|_| wrong("PEM text that is damaged"))?;
        let blocks: Vec<_> = all
            .into_iter()
            .map(|one| Block { label: Some(one.tag().to_owned()), der: one.into_contents() })
            .collect();
        return if blocks.is_empty() { Err(wrong("PEM text that is damaged")) } else { Ok(blocks) };
    }
    let compact: String = text.split_whitespace().collect();
    let der = BASE64.decode(compact).map_err(|_| wrong("neither PEM nor base64"))?;
    Ok(vec![Block { label: None, der }])
}

/// Says in words what a block holds, for an error.
pub(crate) fn name_of(block: &Block) -> String {
    if let Some(label) = &block.label {
        return format!("PEM of {label}");
    }
    let der = block.der.as_slice();
    let kind = if RsaKeyPair::from_pkcs8(der).is_ok() {
        "a private key (PKCS#8)"
    } else if RsaKeyPair::from_der(der).is_ok() {
        "a private key (PKCS#1)"
    } else if SubjectPublicKeyInfo::from_der(der).is_ok() {
        "a public key"
    } else if X509Certificate::from_der(der).is_ok() {
        "a certificate"
    } else {
        "base64 of something else, or of a damaged key"
    };
    kind.to_owned()
}
