//! The explainer: each usual mistake is made once and found.

use super::{NOW, PEMS, cases, other_key, our_key, root, text, vectors, wanted};
use crate::{
    Mistake, Params,
    alipay::{self, Keys},
    form,
    keys::{Certificate, PublicKey},
    unionpay::{self, Signer, Trust},
    wechat::{self, Authorization, SignedHeaders},
};

const SERIAL: &str = "PUB_KEY_ID_1";
const OTHER_SERIAL: &str = "PUB_KEY_ID_2";

fn alipay_request() -> Params {
    let pairs =
        [("app_id", "2021"), ("biz_content", "{\"subject\":\"电费 50%25 + x\"}"), ("sign_type", "RSA2")];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn mistakes_in_alipays_requests_are_found() {
    let explain = |message: &[u8], signer: &crate::keys::PrivateKey| {
        let mut all = alipay_request();
        all.insert("sign".to_owned(), signer.sign(message).unwrap());
        alipay::explain_request(&all, &our_key().public(), &[other_key().public()]).cause()
    };
    let all = alipay_request();
    let right = alipay::canonical(&all);
    let escaped: Params = all.iter().map(|(name, value)| (name.clone(), form::escape(value))).collect();
    assert_eq!(explain(right.as_bytes(), &our_key()), Some(Mistake::None));
    assert_eq!(explain(right.as_bytes(), &other_key()), Some(Mistake::KeyOfTheOtherSide));
    assert_eq!(
        explain(form::joined(&all, &["sign_type"], false).as_bytes(), &our_key()),
        Some(Mistake::SignTypeCounted)
    );
    assert_eq!(explain(alipay::canonical(&escaped).as_bytes(), &our_key()), Some(Mistake::NotDecoded));
    assert_eq!(explain(&encoding_rs::GBK.encode(&right).0, &our_key()), Some(Mistake::Charset));
    assert_eq!(explain(b"anything else", &our_key()), None);
    let unsigned = alipay::explain_request(&all, &our_key().public(), &[]);
    assert_eq!(unsigned.cause(), Some(Mistake::Unsigned));
}

#[test]
fn a_reserialised_answer_of_alipay_is_found() {
    let file = vectors("alipay_response");
    let keys =
        Keys::of_key(PublicKey::read(text(&file["keys"], "alipay_public_key_spki_bare_base64")).unwrap());
    let explain = |id: &str| {
        let case = cases(&file).iter().find(|case| case["id"] == id).unwrap();
        let method = text(case, "root").trim_end_matches("_response").replace('_', ".");
        alipay::explain_answer(text(case, "body").as_bytes(), &method, &keys, &[]).cause()
    };
    assert_eq!(explain("precreate-ok"), Some(Mistake::None));
    assert_eq!(explain("precreate-reserialised"), Some(Mistake::Reserialised));
    assert_eq!(explain("gateway-error-unsigned"), Some(Mistake::Unsigned));
    assert_eq!(explain("query-tampered"), None);
}

#[test]
fn mistakes_with_alipays_notifications_are_found() {
    let file = vectors("alipay_notify");
    let keys =
        Keys::of_key(PublicKey::read(text(&file["keys"], "alipay_public_key_spki_bare_base64")).unwrap());
    let case = cases(&file).iter().find(|case| case["id"] == "payment-success").unwrap();
    let body = text(case, "form_body");
    let explain = |body: &str, keys: &Keys, others: &[PublicKey]| {
        alipay::explain_notification(body.as_bytes(), keys, others).cause()
    };
    assert_eq!(explain(body, &keys, &[]), Some(Mistake::None));
    // Decoded once by a web layer and put together again: every `+` of the signature is a space now.
    assert_eq!(explain(&body.replace("%2B", "+"), &keys, &[]), None, "the address lost its plus too");
    let (start, sign) = body.split_once("&sign=").unwrap();
    let damaged = format!("{start}&sign={}", sign.replace("%2B", "+"));
    assert_eq!(explain(&damaged, &keys, &[]), Some(Mistake::DamagedSignature));
    let wrong = Keys::of_key(our_key().public());
    let right = PublicKey::read(text(&file["keys"], "alipay_public_key_spki_bare_base64")).unwrap();
    assert_eq!(explain(body, &wrong, &[right]), Some(Mistake::KeyOfTheOtherSide));
    let decoded_twice = body.replace("room%253DA-301", "room%3DA-301");
    assert_eq!(explain(&decoded_twice, &keys, &[]), None, "one of several values alone is not the mistake");
}

#[test]
fn a_notification_decoded_twice_is_found() {
    let all: Params = [("passback_params".to_owned(), "room%3DA-301".to_owned())].into();
    let keys = Keys::of_key(our_key().public());
    let sign = |message: &str| form::escape(&our_key().sign(message.as_bytes()).unwrap());
    let signed = sign(&form::joined(&all, &[], true));
    let twice = format!("passback_params=room%3DA-301&sign_type=RSA2&sign={signed}");
    assert_eq!(
        alipay::explain_notification(twice.as_bytes(), &keys, &[]).cause(),
        Some(Mistake::DecodedTwice)
    );
    let undecoded = sign("passback_params=room=A-301");
    let body = format!("passback_params=room%253DA-301&sign_type=RSA2&sign={undecoded}");
    assert_eq!(alipay::explain_notification(body.as_bytes(), &keys, &[]).cause(), Some(Mistake::NotDecoded));
    let counted = sign("passback_params=x&sign_type=RSA2");
    let body = format!("passback_params=x&sign_type=RSA2&sign={counted}");
    assert_eq!(
        alipay::explain_notification(body.as_bytes(), &keys, &[]).cause(),
        Some(Mistake::SignTypeCounted)
    );
}

fn wechat_keys() -> wechat::Keys {
    let keys = wechat::Keys::default().with_public_key(SERIAL, our_key().public()).unwrap();
    keys.with_public_key(OTHER_SERIAL, other_key().public()).unwrap()
}

#[test]
fn mistakes_with_wechats_answers_are_found() {
    let body = "{\"a\":\"电/b\",\"b\":1}";
    let good = wechat::sign(&our_key(), SERIAL, NOW, "nonce", body.as_bytes()).unwrap();
    let explain = |headers: &SignedHeaders, body: &[u8], now: i64| {
        wechat::explain_signed(headers, body, &wechat_keys(), &[], now).cause()
    };
    assert_eq!(explain(&good, body.as_bytes(), NOW), Some(Mistake::None));
    assert_eq!(explain(&good, body.as_bytes(), NOW + 900), Some(Mistake::Clock));
    assert_eq!(explain(&good, b"{\"b\": 1, \"a\": \"\xe7\x94\xb5/b\"}", NOW), Some(Mistake::Reserialised));
    assert_eq!(explain(&good, format!("{body}\n").as_bytes(), NOW), Some(Mistake::TrailingNewline));
    let changed = |change: &dyn Fn(&mut SignedHeaders)| {
        let mut headers = good.clone();
        change(&mut headers);
        explain(&headers, body.as_bytes(), NOW)
    };
    assert_eq!(changed(&|headers| headers.serial = OTHER_SERIAL.to_owned()), Some(Mistake::WrongSerial));
    assert_eq!(
        changed(&|headers| std::mem::swap(&mut headers.timestamp, &mut headers.nonce)),
        Some(Mistake::SwappedHeaders)
    );
    assert_eq!(
        changed(&|headers| headers.signature = "WECHATPAY/SIGNTEST/x".to_owned()),
        Some(Mistake::Probe)
    );
    let foreign = wechat::sign(&other_key(), "PUB_KEY_ID_3", NOW, "nonce", b"other").unwrap();
    assert_eq!(explain(&foreign, body.as_bytes(), NOW), Some(Mistake::UnknownSerial));
    assert_eq!(explain(&good, b"{\"a\":\"changed\"}", NOW), None);
}

#[test]
fn the_stale_and_reserialised_answers_of_the_vectors_are_explained() {
    let file = vectors("wechat_response");
    let key = PublicKey::read(text(&file["keys"], "pubkey_mode_public_key_spki_pem")).unwrap();
    let mut keys =
        wechat::Keys::default().with_public_key(text(&file["keys"], "wechatpay_public_key_id"), key).unwrap();
    keys.add_certificate(&Certificate::read(text(&file["keys"], "platform_cert_pem")).unwrap()).unwrap();
    let expected = [
        ("resp-reserialised", Mistake::Reserialised),
        ("resp-stale", Mistake::Clock),
        ("resp-signtest", Mistake::Probe),
        ("resp-close-204", Mistake::None),
    ];
    for (id, mistake) in expected {
        let case = cases(&file).iter().find(|case| case["id"] == id).unwrap();
        let headers = SignedHeaders::read(|name| case["headers"][name].as_str()).unwrap();
        let at = case["verify_at_unix"].as_i64().unwrap();
        let found = wechat::explain_signed(&headers, text(case, "body").as_bytes(), &keys, &[], at);
        assert_eq!(found.cause(), Some(mistake), "{id}");
    }
}

#[test]
fn mistakes_in_wechats_requests_are_found() {
    let (url, body) = ("/v3/pay?mchid=1", b"{\"a\":1}".as_slice());
    let explain = |message: &[u8], signer: &crate::keys::PrivateKey| {
        let header = wechat::authorization(signer, "1", "A", (NOW, "n"), message).unwrap();
        let header = Authorization::read(&header).unwrap();
        let request = ("POST", "http://h", url);
        wechat::explain_request(&header, request, body, &our_key().public(), &[other_key().public()]).cause()
    };
    let with = |url: &str, body: &[u8]| wechat::request_message("POST", url, NOW, "n", body);
    assert_eq!(explain(&with(url, body), &our_key()), Some(Mistake::None));
    assert_eq!(explain(&with(url, body), &other_key()), Some(Mistake::KeyOfTheOtherSide));
    assert_eq!(explain(&with("/v3/pay", body), &our_key()), Some(Mistake::Address));
    assert_eq!(explain(&with("http://h/v3/pay?mchid=1", body), &our_key()), Some(Mistake::Address));
    assert_eq!(
        explain(with(url, body).strip_suffix(b"\n").unwrap(), &our_key()),
        Some(Mistake::TrailingNewline)
    );
    assert_eq!(explain(&with(url, b"{\"a\": 1}"), &our_key()), Some(Mistake::Reserialised));
}

#[test]
fn mistakes_with_unionpays_messages_are_found() {
    let issue =
        |name: &str| Certificate::read(&root().issue(&wanted(name, &[3]), &PEMS[0]).unwrap()).unwrap();
    let trust = Trust::read(root().pem(), false).unwrap();
    let certificate = issue("041@Z@中国银联股份有限公司@1");
    let mut all: Params = [("orderId".to_owned(), "U1 %41".to_owned())].into();
    Signer::new(our_key(), certificate).unwrap().sign_with_certificate(&mut all).unwrap();
    let explain = |all: &Params| unionpay::explain(all, &trust, &[other_key().public()], NOW).cause();
    assert_eq!(explain(&all), Some(Mistake::None));
    let resigned = |message: &[u8], key: &crate::keys::PrivateKey| {
        let mut all = all.clone();
        all.insert("signature".to_owned(), key.sign(message).unwrap());
        explain(&all)
    };
    let text = unionpay::canonical(&all);
    assert_eq!(resigned(text.as_bytes(), &our_key()), Some(Mistake::HashedOnce));
    assert_eq!(resigned(unionpay::digest(&text).as_bytes(), &other_key()), Some(Mistake::KeyOfTheOtherSide));
    assert_eq!(resigned(b"other", &our_key()), None);
    let mut own = all.clone();
    Signer::new(our_key(), issue("Mallory")).unwrap().sign_with_certificate(&mut own).unwrap();
    assert_eq!(explain(&own), Some(Mistake::UntrustedCertificate));
}
