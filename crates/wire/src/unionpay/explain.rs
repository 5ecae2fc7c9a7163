//! Why a signature of UnionPay's protocol does not verify: the mistakes that integrators make, tried one by one.
//!
//! `others` are keys that could have been mixed up, such as the merchant's own.

use encoding_rs::GBK;
use percent_encoding::percent_decode;
use sha2::{Digest as _, Sha256};

use super::{
    Trust, canonical, digest,
    sign::{signer_of, verify},
};
use crate::{Explanation, Mistake, Params, form, keys::PublicKey};

/// Explains a message that carries its certificate.
pub fn explain(params: &Params, trust: &Trust, others: &[PublicKey], now_unix: i64) -> Explanation {
    let mut found = Explanation::default();
    let Some(sign) = params.get("signature") else {
        found.attempt(Mistake::Unsigned, || true);
        return found;
    };
    let signer = signer_of(params).ok();
    let key = signer.as_ref().and_then(|signer| signer.public_key().ok());
    let text = canonical(params);
    let hex = digest(&text);
    let holds = |message: &[u8]| key.as_ref().is_some_and(|key| key.verifies(message, sign));
    let is_trusted = signer.as_ref().is_some_and(|signer| trust.check(signer, now_unix).is_ok());
    let changed = |change: &dyn Fn(&str) -> String| {
        let other: Params = params.iter().map(|(name, value)| (name.clone(), change(value))).collect();
        digest(&form::joined(&other, &["signature"], false))
    };
    found
        .attempt(Mistake::None, || verify(params, trust, now_unix).is_ok())
        .attempt(Mistake::UntrustedCertificate, || holds(hex.as_bytes()) && !is_trusted)
        .attempt(Mistake::KeyOfTheOtherSide, || {
            others.iter().any(|other| other.verifies(hex.as_bytes(), sign))
        })
        .attempt(Mistake::DamagedSignature, || {
            key.as_ref().is_some_and(|key| key.verifies(hex.as_bytes(), &sign.replace(' ', "+")))
        })
        .attempt(Mistake::HashedOnce, || {
            holds(text.as_bytes())
                || holds(hex.to_ascii_uppercase().as_bytes())
                || holds(&Sha256::digest(text.as_bytes()))
        })
        .attempt(Mistake::EmptyValues, || {
            holds(digest(&form::joined(params, &["signature"], true)).as_bytes())
        })
        .attempt(Mistake::NotDecoded, || holds(changed(&form::escape).as_bytes()))
        .attempt(Mistake::DecodedTwice, || {
            let decode = |value: &str| percent_decode(value.as_bytes()).decode_utf8_lossy().into_owned();
            holds(changed(&decode).as_bytes())
        })
        .attempt(Mistake::Charset, || {
            let bytes = GBK.encode(&text).0;
            holds(hex::encode(Sha256::digest(&bytes)).as_bytes())
        });
    found
}
