//! Keys and certificates in the three forms that people have them: PEM text, bare base64, a path to a file.
//!
//! Only the form is settled here: what comes out is PEM text or bare base64 of DER. What kind of key it is,
//! and whether it works, does not belong here.

use std::{fs, path::Path};

use base64::{
    Engine as _,
    alphabet::STANDARD as STANDARD_ALPHABET,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};

const FILE_BYTES_MAX: u64 = 64 * 1024;
/// A raw Ed25519 key; nothing shorter is a key.
const KEY_BYTES_MIN: usize = 32;
const PEM_MARK: &str = "-----BEGIN ";

/// What a value turned out to be.
pub(crate) struct Material {
    /// PEM text, or base64 without line breaks.
    pub(crate) text: String,
    /// How it may be shown: its form, never its content.
    pub(crate) shown: String,
}

/// Settles the form of a value. The error ends the sentence "expected …".
pub(crate) fn read(value: &str) -> Result<Material, &'static str> {
    let value = value.trim();
    if let Some(text) = text_form(value) {
        return Ok(Material { shown: format!("{}, given as text", form_name(&text)), text });
    }
    let path = Path::new(value);
    let Some(size) = fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|file| file.len()) else {
        return Err("PEM text, base64 of a DER key, or a path to a file that exists");
    };
    if size > FILE_BYTES_MAX {
        return Err("a key file of at most 64 KiB");
    }
    let bytes = fs::read(path).map_err(|_| "a key file that this process may read")?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(content) => text_form(content.trim()),
        Err(_) if bytes.len() >= KEY_BYTES_MIN => Some(STANDARD.encode(&bytes)),
        Err(_) => None,
    };
    let text = text.ok_or("a key file that holds PEM, base64 of DER, or DER")?;
    Ok(Material { shown: format!("{} in the file {value}", form_name(&text)), text })
}

/// Recognises PEM (line breaks may be written `\n`) and bare base64.
fn text_form(value: &str) -> Option<String> {
    if value.contains(PEM_MARK) {
        return Some(value.replace("\\n", "\n"));
    }
    let compact: String = value.split_whitespace().collect();
    let lenient = GeneralPurpose::new(
        &STANDARD_ALPHABET,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    // A path can look like base64; where a file of that name exists, the file is meant.
    let is_key = lenient.decode(&compact).is_ok_and(|bytes| bytes.len() >= KEY_BYTES_MIN);
    (is_key && !Path::new(value).is_file()).then_some(compact)
}

fn form_name(text: &str) -> &'static str {
    if text.contains(PEM_MARK) { "PEM" } else { "base64" }
}
