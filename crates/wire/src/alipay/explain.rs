//! Why a signature of Alipay's protocol does not verify: the mistakes that integrators make, tried one by one.
//!
//! `others` are keys that could have been mixed up, such as the app's own public key.

use encoding_rs::GBK;
use percent_encoding::percent_decode;

use super::{
    Answer, Keys,
    notification::{ascii, signed_bytes},
    request::canonical,
};
use crate::{
    Explanation, Mistake, Params,
    form::{self, RawParams},
    keys::PublicKey,
};

/// Explains a request that the sandbox refuses.
pub fn explain_request(params: &Params, key: &PublicKey, others: &[PublicKey]) -> Explanation {
    let mut found = Explanation::default();
    let Some(sign) = params.get("sign") else {
        found.attempt(Mistake::Unsigned, || true);
        return found;
    };
    let text = canonical(params);
    let holds = |message: &str| key.verifies(message.as_bytes(), sign);
    let escaped: Params = params.iter().map(|(name, value)| (name.clone(), form::escape(value))).collect();
    let decoded: Params = params.iter().map(|(name, value)| (name.clone(), once_more(value))).collect();
    let encode = |text: &str| GBK.encode(text).0.into_owned();
    found
        .attempt(Mistake::None, || holds(&text))
        .attempt(Mistake::DamagedSignature, || key.verifies(text.as_bytes(), &sign.replace(' ', "+")))
        .attempt(Mistake::KeyOfTheOtherSide, || {
            others.iter().any(|other| other.verifies(text.as_bytes(), sign))
        })
        .attempt(Mistake::SignTypeCounted, || holds(&form::joined(params, &["sign", "sign_type"], false)))
        .attempt(Mistake::EmptyValues, || holds(&form::joined(params, &["sign"], true)))
        .attempt(Mistake::NotDecoded, || holds(&canonical(&escaped)))
        .attempt(Mistake::DecodedTwice, || holds(&canonical(&decoded)))
        .attempt(Mistake::Charset, || key.verifies(&encode(&text), sign))
        .attempt(Mistake::HtmlEscaped, || holds(&unescaped(&text)));
    found
}

/// Explains an answer that does not verify.
pub fn explain_answer(body: &[u8], method: &str, keys: &Keys, others: &[PublicKey]) -> Explanation {
    let mut found = Explanation::default();
    let Ok(answer) = Answer::read(body, method) else { return found };
    let Some(sign) = answer.signature().map(str::to_owned) else {
        found.attempt(Mistake::Unsigned, || true);
        return found;
    };
    let all = keys.all();
    let any = |message: &[u8], sign: &str| all.iter().any(|key| key.verifies(message, sign));
    let content = answer.content;
    let is_known = keys.for_answer(answer.serial()).is_ok();
    let rewritten = serde_json::from_str::<serde_json::Value>(content).map(|value| value.to_string());
    let rewritten = rewritten.unwrap_or_default();
    let encode = |text: &str| GBK.encode(text).0.into_owned();
    found
        .attempt(Mistake::None, || answer.verify(keys).is_ok())
        .attempt(Mistake::WrongSerial, || is_known && any(content.as_bytes(), &sign))
        .attempt(Mistake::UnknownSerial, || !is_known)
        .attempt(Mistake::DamagedSignature, || any(content.as_bytes(), &sign.replace(' ', "+")))
        .attempt(Mistake::KeyOfTheOtherSide, || {
            others.iter().any(|other| other.verifies(content.as_bytes(), &sign))
        })
        .attempt(Mistake::Reserialised, || {
            [
                content.replace('/', "\\/"),
                content.replace("\\/", "/"),
                rewritten.clone(),
                rewritten.replace('/', "\\/"),
            ]
            .iter()
            .any(|text| any(text.as_bytes(), &sign))
        })
        .attempt(Mistake::HtmlEscaped, || any(unescaped(content).as_bytes(), &sign))
        .attempt(Mistake::Charset, || any(&encode(content), &sign));
    found
}

/// Explains a notification that does not verify.
pub fn explain_notification(body: &[u8], keys: &Keys, others: &[PublicKey]) -> Explanation {
    let mut found = Explanation::default();
    let Ok(raw) = form::read_raw(body) else { return found };
    let Some(sign) = ascii(&raw, "sign") else {
        found.attempt(Mistake::Unsigned, || true);
        return found;
    };
    let all = keys.all();
    let any = |message: &[u8], sign: &str| all.iter().any(|key| key.verifies(message, sign));
    let message = signed_bytes(&raw);
    let changed = |change: &dyn Fn(&[u8]) -> Vec<u8>| {
        let other: RawParams = raw.iter().map(|(name, value)| (name.clone(), change(value))).collect();
        signed_bytes(&other)
    };
    let mut with_type = raw.clone();
    with_type.remove(b"sign".as_slice());
    let with_type = joined(&with_type);
    let filled: RawParams = raw
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    found
        .attempt(Mistake::None, || any(&message, &sign))
        .attempt(Mistake::DamagedSignature, || any(&message, &sign.replace(' ', "+")))
        .attempt(Mistake::KeyOfTheOtherSide, || others.iter().any(|other| other.verifies(&message, &sign)))
        .attempt(Mistake::SignTypeCounted, || any(&with_type, &sign))
        .attempt(Mistake::EmptyValues, || any(&signed_bytes(&filled), &sign))
        .attempt(Mistake::DecodedTwice, || {
            any(&changed(&|value| form::escape(&text(value)).into_bytes()), &sign)
        })
        .attempt(Mistake::NotDecoded, || any(&changed(&|value| once_more(&text(value)).into_bytes()), &sign))
        .attempt(Mistake::HtmlEscaped, || any(&changed(&|value| unescaped(&text(value)).into_bytes()), &sign))
        .attempt(Mistake::Charset, || {
            any(&changed(&|value| GBK.encode(&text(value)).0.into_owned()), &sign)
                || any(&changed(&|value| GBK.decode(value).0.into_owned().into_bytes()), &sign)
        });
    found
}

fn joined(raw: &RawParams) -> Vec<u8> {
    let pairs: Vec<_> =
        raw.iter().map(|(name, value)| [name.as_slice(), b"=", value.as_slice()].concat()).collect();
    pairs.join(&b'&')
}

fn once_more(value: &str) -> String {
    percent_decode(value.replace('+', " ").as_bytes()).decode_utf8_lossy().into_owned()
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
