//! Ed25519 keys in the forms that people have them.
//!
//! A key comes as PEM text or as bare base64 of DER or of the raw 32 bytes. Where it comes from does not live
//! here. The rule not to be broken: the private half is never shown, not even by `Debug`.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use ed25519_dalek::{
    SigningKey, VerifyingKey,
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, spki::der::pem::LineEnding},
};
use fault::Fault;
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::{Digest as _, Sha256};

const PEM_MARK: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";
const KEY_ID_BYTES: usize = 8;
/// Keys in one value: the present one, the one before, and room for a change.
const KEYS_MAX: usize = 8;

/// Says why a text is no key. The text ends the sentence "expected …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is no private key.
    #[error("an Ed25519 private key (PKCS#8 PEM, base64 of its DER, or base64 of 32 bytes)")]
    Private,
    /// It is no public key, or a weak one.
    #[error("one to eight Ed25519 public keys (PEM blocks in a row, or base64 of one)")]
    Public,
}

/// Holds the private half of a key.
#[derive(Clone)]
pub struct PrivateKey(SigningKey);

/// Holds the public half of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PrivateKey").field(&self.public().id()).finish()
    }
}

impl PrivateKey {
    /// Reads a key from PEM or base64 text.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let key = if text.contains(PEM_MARK) {
            SigningKey::from_pkcs8_pem(text.trim()).ok()
        } else {
            let bytes = decode(text).ok_or(KeyError::Private)?;
            let raw: Result<[u8; 32], _> = bytes.as_slice().try_into();
            raw.map(|seed| SigningKey::from_bytes(&seed))
                .ok()
                .or_else(|| SigningKey::from_pkcs8_der(&bytes).ok())
        };
        key.map(Self).ok_or(KeyError::Private)
    }

    /// Makes a new key from the operating system's randomness.
    pub fn generate(clock: &clock::Clock) -> Result<Self, Fault> {
        let text = clock.token(32);
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).map_err(Fault::internal)?;
        let seed: [u8; 32] = bytes.as_slice().try_into().map_err(Fault::internal)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Writes the key as PKCS#8 PEM.
    pub fn to_pem(&self) -> Result<String, Fault> {
        self.0.to_pkcs8_pem(LineEnding::LF).map(|pem| pem.as_str().to_owned()).map_err(Fault::internal)
    }

    /// Gives the public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Gives the 32 secret bytes, for deriving other secrets from them.
    pub fn secret_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    pub(crate) fn encoding(&self) -> Result<EncodingKey, Fault> {
        let der = self.0.to_pkcs8_der().map_err(Fault::internal)?;
        Ok(EncodingKey::from_ed_der(der.as_bytes()))
    }
}

impl PublicKey {
    /// Reads one key, or several PEM blocks in a row. *Shape*: never empty, in the order of the text.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, KeyError> {
        if !text.contains(PEM_MARK) {
            return Self::parse_bare(text).map(|key| vec![key]);
        }
        let keys: Result<Vec<Self>, KeyError> =
            pem_blocks(text).iter().map(|block| Self::parse_pem(block)).collect();
        keys.and_then(
            |keys| if keys.is_empty() || keys.len() > KEYS_MAX { Err(KeyError::Public) } else { Ok(keys) },
        )
    }

    fn parse_pem(block: &str) -> Result<Self, KeyError> {
        VerifyingKey::from_public_key_pem(block).map_err(|_| KeyError::Public).and_then(Self::strong)
    }

    fn parse_bare(text: &str) -> Result<Self, KeyError> {
        let bytes = decode(text).ok_or(KeyError::Public)?;
        let raw: Result<[u8; 32], _> = bytes.as_slice().try_into();
        let key = match raw {
            Ok(raw) => VerifyingKey::from_bytes(&raw).ok(),
            Err(_) => VerifyingKey::from_public_key_der(&bytes).ok(),
        };
        key.ok_or(KeyError::Public).and_then(Self::strong)
    }

    /// A key of small order would accept signatures that nobody made.
    fn strong(key: VerifyingKey) -> Result<Self, KeyError> {
        if key.is_weak() { Err(KeyError::Public) } else { Ok(Self(key)) }
    }

    /// Gives the name under which tokens refer to the key: the first eight bytes of its SHA-256 in hexadecimal.
    pub fn id(&self) -> String {
        let hash = Sha256::digest(self.0.as_bytes());
        let head = hash.iter().take(KEY_ID_BYTES).copied();
        format!("{:016x}", head.fold(0_u64, |number, byte| (number << 8) | u64::from(byte)))
    }

    /// Writes the 32 bytes as base64, a form that [`PublicKey::parse_all`] reads.
    pub fn to_base64(&self) -> String {
        base64::engine::general_purpose::STANDARD.encode(self.0.as_bytes())
    }

    pub(crate) fn decoding(&self) -> DecodingKey {
        DecodingKey::from_ed_der(self.0.as_bytes())
    }
}

fn pem_blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        block.push_str(line);
        block.push('\n');
        if line.starts_with(PEM_END) {
            blocks.push(std::mem::take(&mut block));
        }
    }
    blocks
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.split_whitespace().collect();
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&STANDARD, config).decode(compact).ok()
}
