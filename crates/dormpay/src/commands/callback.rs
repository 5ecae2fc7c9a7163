//! Looks into a callback that was kept in a file: does its signature hold, and if not, which usual mistake explains it?
//!
//! Nothing is sent but, for `WeChat`, the question for its certificates; nothing follows from what is found.

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};
use clock::Clock;
use http::{HeaderMap, HeaderName, HeaderValue};
use payment::providers::{Channel, Limits, Provider, Providers};
use settings::Source;

use crate::cli::Sender;

const HEADERS_MAX: usize = 100;
const WECHAT_SIGNATURE: &str = "wechatpay-signature";
/// Only a form of `UnionPay`'s has this field.
const UNIONPAY_FIELD: &[u8] = b"signPubKeyCert=";

/// Prints what there is to say. Success only if the callback would be taken.
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
pub(crate) async fn run(file: &Path, sender: Option<Sender>, source: &Source) -> Result<ExitCode> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let (headers, body) = parts(&bytes)?;
    let channel = sender.map_or_else(|| guess(&headers, body), Sender::channel);
    // Already installed by another part of the program: just as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let channels = payment::Settings::channels(source)?;
    let providers = Providers::new(channels, &Clock::system(), Limits::default())?;
    let name = channel.as_str();
    let provider =
        providers.get(channel).with_context(|| format!("{name} is switched off or has no keys here"))?;
    println!("from     {name}, {} headers, {} bytes of body", headers.len(), body.len());
    if let Err(trouble) = provider.refresh_trust().await {
        println!("keys     not fetched, those of the settings count: {trouble}");
    }
    Ok(report(provider, &headers, body).await)
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
async fn report(provider: &Provider, headers: &HeaderMap, body: &[u8]) -> ExitCode {
    let bad = match provider.read_callback(headers, body).await {
        Ok(notice) => {
            println!("verdict  it would be taken\nsays     {notice:?}");
            return ExitCode::SUCCESS;
        }
        Err(bad) => bad,
    };
    println!("verdict  refused: {bad}");
    let explanation = provider.explain_callback(headers, body);
    for (mistake, verifies) in &explanation.tried {
        println!("tried    {} {mistake:?}: {mistake}", if *verifies { "yes" } else { "no " });
    }
    println!("finding  {explanation}");
    ExitCode::FAILURE
}

/// Headers and body of a request as it stood on the wire; without a head the whole file is the body.
fn parts(bytes: &[u8]) -> Result<(HeaderMap, &[u8])> {
    let mut room = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut room);
    if let Ok(httparse::Status::Complete(at)) = request.parse(bytes) {
        return Ok((headers(request.headers)?, bytes.get(at..).unwrap_or_default()));
    }
    let mut room = [httparse::EMPTY_HEADER; HEADERS_MAX];
    match httparse::parse_headers(bytes, &mut room) {
        Ok(httparse::Status::Complete((at, found))) if !found.is_empty() => {
            Ok((headers(found)?, bytes.get(at..).unwrap_or_default()))
        }
        _ if bytes.is_empty() => bail!("the file is empty"),
        _ => Ok((HeaderMap::new(), bytes)),
    }
}

fn headers(found: &[httparse::Header<'_>]) -> Result<HeaderMap> {
    let pair = |header: &httparse::Header<'_>| {
        let name: HeaderName = header.name.parse().with_context(|| header.name.to_owned())?;
        Ok((name, HeaderValue::from_bytes(header.value)?))
    };
    found.iter().map(pair).collect()
}

fn guess(headers: &HeaderMap, body: &[u8]) -> Channel {
    if headers.contains_key(WECHAT_SIGNATURE) || body.first() == Some(&b'{') {
        Channel::Wechat
    } else if body.windows(UNIONPAY_FIELD.len()).any(|part| part == UNIONPAY_FIELD) {
        Channel::Unionpay
    } else {
        Channel::Alipay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_a_head_and_a_bare_body_are_told_apart() {
        for (text, count, rest) in [
            ("POST /x HTTP/1.1\r\nHost: a\r\nWechatpay-Nonce: b\r\n\r\n{\"id\":1}", 2, "{\"id\":1}"),
            ("Host: a\nWechatpay-Nonce: b\n\n{\"id\":1}", 2, "{\"id\":1}"),
            ("{\"id\":1}", 0, "{\"id\":1}"),
            ("notify_id=1&sign=a%2Bb", 0, "notify_id=1&sign=a%2Bb"),
        ] {
            let (headers, body) = parts(text.as_bytes()).unwrap();
            assert_eq!((headers.len(), body), (count, rest.as_bytes()), "{text}");
        }
        assert!(parts(b"").is_err());
    }

    #[test]
    fn the_sender_is_guessed_from_what_only_he_sends() {
        let mut signed = HeaderMap::new();
        signed.insert(WECHAT_SIGNATURE, HeaderValue::from_static("x"));
        assert_eq!(guess(&signed, b""), Channel::Wechat);
        assert_eq!(guess(&HeaderMap::new(), b"{}"), Channel::Wechat);
        assert_eq!(guess(&HeaderMap::new(), b"txnType=01&signPubKeyCert=x"), Channel::Unionpay);
        assert_eq!(guess(&HeaderMap::new(), b"app_id=1&sign=x"), Channel::Alipay);
    }
}
