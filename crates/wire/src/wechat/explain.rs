//! Why a signature of WeChat Pay's protocol does not verify: the mistakes that integrators make, tried one by one.
//!
//! `others` are keys that could have been mixed up, such as the merchant's own.

use encoding_rs::GBK;

use super::{
    Authorization, Keys, PROBE_PREFIX, SignedHeaders,
    request::{check_clock, request_message},
    signed::signed_message,
};
use crate::{Explanation, Mistake, keys::PublicKey};

/// Explains an answer or a notification that does not verify.
pub fn explain_signed(
    headers: &SignedHeaders,
    body: &[u8],
    keys: &Keys,
    others: &[PublicKey],
    now_unix: i64,
) -> Explanation {
    let mut found = Explanation::default();
    let (time, nonce, sign) = (&headers.timestamp, &headers.nonce, &headers.signature);
    let message = signed_message(time, nonce, body);
    let named = keys.get(&headers.serial).ok();
    let holds = |message: &[u8], sign: &str| named.is_some_and(|key| key.verifies(message, sign));
    let clock = time.parse().is_ok_and(|time| check_clock(time, now_unix).is_ok());
    found
        .attempt(Mistake::Probe, || sign.starts_with(PROBE_PREFIX))
        .attempt(Mistake::None, || clock && holds(&message, sign))
        .attempt(Mistake::Clock, || holds(&message, sign))
        .attempt(Mistake::WrongSerial, || keys.iter().any(|(_, key)| key.verifies(&message, sign)))
        .attempt(Mistake::KeyOfTheOtherSide, || others.iter().any(|other| other.verifies(&message, sign)))
        .attempt(Mistake::UnknownSerial, || named.is_none())
        .attempt(Mistake::DamagedSignature, || holds(&message, &sign.replace(' ', "+")))
        .attempt(Mistake::SwappedHeaders, || holds(&signed_message(nonce, time, body), sign))
        .attempt(Mistake::TrailingNewline, || {
            bodies_by_newline(body).iter().any(|body| holds(&signed_message(time, nonce, body), sign))
        })
        .attempt(Mistake::Reserialised, || {
            rewritten(body).iter().any(|body| holds(&signed_message(time, nonce, body), sign))
        })
        .attempt(Mistake::Charset, || {
            in_other_charsets(body).iter().any(|body| holds(&signed_message(time, nonce, body), sign))
        });
    found
}

/// Explains a request that the sandbox refuses. `host` is the address before the path, `http://…`.
pub fn explain_request(
    header: &Authorization,
    (method, host, url): (&str, &str, &str),
    body: &[u8],
    key: &PublicKey,
    others: &[PublicKey],
) -> Explanation {
    let mut found = Explanation::default();
    let sign = &header.signature;
    let with = |url: &str, body: &[u8]| request_message(method, url, header.timestamp, &header.nonce, body);
    let message = with(url, body);
    let holds = |message: &[u8]| key.verifies(message, sign);
    let path = url.split('?').next().unwrap_or_default();
    found
        .attempt(Mistake::None, || holds(&message))
        .attempt(Mistake::KeyOfTheOtherSide, || others.iter().any(|other| other.verifies(&message, sign)))
        .attempt(Mistake::DamagedSignature, || key.verifies(&message, &sign.replace(' ', "+")))
        .attempt(Mistake::Address, || {
            holds(&with(path, body))
                || holds(&with(&format!("{host}{url}"), body))
                || holds(&with(&decoded(url), body))
        })
        .attempt(Mistake::TrailingNewline, || {
            let without_last = message.strip_suffix(b"\n").unwrap_or_default();
            holds(without_last) || bodies_by_newline(body).iter().any(|body| holds(&with(url, body)))
        })
        .attempt(Mistake::Reserialised, || rewritten(body).iter().any(|body| holds(&with(url, body))))
        .attempt(Mistake::Charset, || in_other_charsets(body).iter().any(|body| holds(&with(url, body))));
    found
}

fn decoded(url: &str) -> String {
    percent_encoding::percent_decode_str(url).decode_utf8_lossy().into_owned()
}

fn bodies_by_newline(body: &[u8]) -> Vec<Vec<u8>> {
    let shorter = body.strip_suffix(b"\n").map(<[u8]>::to_vec);
    let longer = [body, b"\n"].concat();
    shorter.into_iter().chain([longer, [body, b"\r\n"].concat()]).collect()
}

/// Writes a JSON body again in the ways that libraries do.
fn rewritten(body: &[u8]) -> Vec<Vec<u8>> {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else { return Vec::new() };
    let compact = value.to_string();
    let mut spaced = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut spaced, Spaced);
    let is_spaced = serde::Serialize::serialize(&value, &mut writer).is_ok();
    let pretty = serde_json::to_vec_pretty(&value).unwrap_or_default();
    let mut all = vec![compact.replace('/', "\\/").into_bytes(), compact.into_bytes(), pretty];
    if is_spaced {
        all.push(spaced);
    }
    all
}

fn in_other_charsets(body: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(body);
    vec![GBK.encode(&text).0.into_owned(), GBK.decode(body).0.into_owned().into_bytes()]
}

/// Writes `", "` and `": "` between members, as Python does.
struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}
