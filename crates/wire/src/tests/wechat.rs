//! WeChat Pay: the vectors, both sides against each other, and what must be refused.

use proptest::prelude::*;
use serde_json::Value;

use super::{NOW, PEMS, cases, other_key, our_key, params, root, text, vectors, wanted};
use crate::{
    Error,
    keys::{Certificate, PublicKey},
    wechat::{self, ApiKey, Authorization, Keys, Notification, SignedHeaders},
};

const API_KEY: &str = "sandboxApiV3Key-0123456789abcdef";
const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000000012026010100000000000001";

fn keys(file: &Value) -> Keys {
    let certificate = Certificate::read(text(&file["keys"], "platform_cert_pem")).unwrap();
    assert_eq!(certificate.serial_hex(), text(&file["keys"], "platform_cert_serial_no"));
    let key = PublicKey::read(text(&file["keys"], "pubkey_mode_public_key_spki_pem")).unwrap();
    let id = text(&file["keys"], "wechatpay_public_key_id");
    let mut keys = Keys::default().with_public_key(id, key).unwrap();
    keys.add_certificate(&certificate).unwrap();
    keys
}

fn headers(case: &Value) -> SignedHeaders {
    SignedHeaders::read(|name| case["headers"][name].as_str()).unwrap()
}

fn our_keys() -> Keys {
    Keys::default().with_public_key(PUBLIC_KEY_ID, our_key().public()).unwrap()
}

#[test]
fn every_request_of_the_vectors_verifies() {
    let file = vectors("wechat_request");
    let certificate = Certificate::read(text(&file["keys"], "merchant_cert_pem")).unwrap();
    assert_eq!(certificate.serial_hex(), text(&file["keys"], "merchant_serial_no"));
    for case in cases(&file) {
        let (method, url, body) = (text(case, "method"), text(case, "url"), text(case, "body").as_bytes());
        let nonce = text(case, "nonce_str");
        let message = wechat::request_message(method, url, NOW, nonce, body);
        assert_eq!(message, text(case, "message").as_bytes(), "{}", case["id"]);
        assert_eq!(message.len(), usize::try_from(case["message_bytes"].as_u64().unwrap()).unwrap());
        let header = Authorization::read(text(case, "authorization")).unwrap();
        assert_eq!(header.signature, text(case, "signature"));
        assert_eq!(header.mchid, text(&file["keys"], "mchid"));
        assert!(header.is_of_serial(&certificate.serial_hex().to_ascii_lowercase()));
        assert_eq!(header.check_clock(NOW), Ok(()));
        let key = certificate.public_key().unwrap();
        assert_eq!(header.verify(method, url, body, &key), Ok(()), "{}", case["id"]);
        assert_eq!(header.verify("PUT", url, body, &key), Err(Error::BadSignature));
    }
}

#[test]
fn every_answer_of_the_vectors_is_judged_right() {
    let file = vectors("wechat_response");
    for case in cases(&file) {
        let at = case["verify_at_unix"].as_i64().unwrap();
        let found = wechat::verify(&headers(case), text(case, "body").as_bytes(), &keys(&file), at);
        judge(case, &found);
    }
}

fn judge(case: &Value, found: &Result<(), Error>) {
    let id = text(case, "id");
    match text(case, "expect") {
        "accept" => assert_eq!(*found, Ok(()), "{id}"),
        "reject-clock" => assert_eq!(*found, Err(Error::Clock { off_seconds: -301 }), "{id}"),
        "reject-unknown-serial" => assert!(matches!(found, Err(Error::UnknownSerial(_))), "{id}"),
        "reject-decrypt" => assert_eq!(*found, Err(Error::Decrypt), "{id}"),
        "reject-signature" if id.ends_with("signtest") => assert_eq!(*found, Err(Error::Probe), "{id}"),
        "reject-signature" => assert_eq!(*found, Err(Error::BadSignature), "{id}"),
        other => panic!("{other} is not tested"),
    }
}

#[test]
fn every_notification_of_the_vectors_is_judged_right() {
    let file = vectors("wechat_notification");
    let api_key = ApiKey::read(text(&file["keys"], "apiv3_key")).unwrap();
    for case in cases(&file) {
        let at = case["verify_at_unix"].as_i64().unwrap();
        let body = text(case, "body").as_bytes();
        let found = wechat::read_notification(&headers(case), body, &keys(&file), &api_key, at);
        judge(case, &found.as_ref().map(drop).map_err(Clone::clone));
        if let Some(plain) = case["plaintext"].as_str() {
            assert_eq!(found.unwrap().plaintext, plain.as_bytes(), "{}", case["id"]);
        }
    }
}

#[test]
fn the_certificate_list_of_the_vectors_bootstraps_itself() {
    let file = vectors("wechat_certificates");
    let case = &cases(&file)[0];
    let api_key = ApiKey::read(text(&file["keys"], "apiv3_key")).unwrap();
    let body = text(case, "body").as_bytes();
    let (keys, all) =
        wechat::read_certificates(&headers(case), body, &api_key, &Keys::default(), NOW + 1).unwrap();
    assert_eq!(all[0].to_pem(), text(case, "plaintext_pem"));
    assert!(keys.get(text(&file["keys"], "platform_cert_serial_no")).is_ok());
    let other = ApiKey::read("another-key-another-key-another-").unwrap();
    let refused = wechat::read_certificates(&headers(case), body, &other, &Keys::default(), NOW + 1);
    assert_eq!(refused.unwrap_err(), Error::Decrypt);
}

#[test]
fn every_client_signature_of_the_vectors_verifies() {
    let file = vectors("wechat_paysign");
    let (appid, mchid) = (text(&file["keys"], "appid"), text(&file["keys"], "mchid"));
    let key = PublicKey::read(text(&file["keys"], "merchant_cert_pem")).unwrap();
    for case in cases(&file) {
        assert!(key.verifies(text(case, "message").as_bytes(), text(case, "signature")));
        let mut expected = params(&case["client_params"]);
        let (mut ours, sign) = if case["id"] == "jsapi" {
            let nonce = expected["nonceStr"].clone();
            let id = expected["package"].strip_prefix("prepay_id=").unwrap().to_owned();
            (wechat::jsapi_params(&our_key(), appid, &id, (NOW, &nonce)).unwrap(), "paySign")
        } else {
            let nonce = expected["noncestr"].clone();
            let id = expected["prepayid"].clone();
            (wechat::app_params(&our_key(), (appid, mchid), &id, (NOW, &nonce)).unwrap(), "sign")
        };
        let signature = ours.remove(sign).unwrap();
        assert!(our_key().public().verifies(text(case, "message").as_bytes(), &signature));
        expected.remove(sign);
        assert_eq!(ours, expected);
    }
}

#[test]
fn a_request_signed_here_verifies_there() {
    let url =
        format!("/v3/pay/transactions/out-trade-no/{}?mchid=1900000001", wechat::escape_segment("P|1*"));
    let message = wechat::request_message("GET", &url, NOW, "nonce", b"");
    let header = wechat::authorization(&our_key(), "1900000001", "0A22", (NOW, "nonce"), &message).unwrap();
    let read = Authorization::read(&header).unwrap();
    assert_eq!(read.verify("GET", &url, b"", &our_key().public()), Ok(()));
    assert_eq!(read.verify("GET", &url, b"", &other_key().public()), Err(Error::BadSignature));
    assert!(url.contains("P%7C1%2A"));
}

#[test]
fn a_header_of_another_scheme_or_with_missing_items_is_refused() {
    let good = "WECHATPAY2-SHA256-RSA2048 mchid=\"1\",nonce_str=\"n\",signature=\"s\",timestamp=\"1\",serial_no=\"A\"";
    assert!(Authorization::read(good).is_ok());
    assert_eq!(Authorization::read(&good.replace("SHA256", "SM3")), Err(Error::SignType));
    assert_eq!(Authorization::read(&good.replace(",timestamp=\"1\"", "")), Err(Error::Missing("timestamp")));
    for bad in [
        "",
        "WECHATPAY2-SHA256-RSA2048",
        "WECHATPAY2-SHA256-RSA2048 mchid=1",
        &good.replace("\"1\",n", "\"x\",mchid=\"2\",n"),
    ] {
        assert!(matches!(Authorization::read(bad), Err(Error::Malformed { .. })), "{bad}");
    }
}

#[test]
fn the_clock_window_is_five_minutes_either_way() {
    let headers = wechat::sign(&our_key(), PUBLIC_KEY_ID, NOW, "nonce", b"{}").unwrap();
    for (at, fits) in
        [(NOW, true), (NOW + 299, true), (NOW - 299, true), (NOW + 300, false), (NOW - 300, false)]
    {
        assert_eq!(wechat::verify(&headers, b"{}", &our_keys(), at).is_ok(), fits, "{at}");
    }
}

#[test]
fn another_signature_type_is_refused() {
    let mut headers = wechat::sign(&our_key(), PUBLIC_KEY_ID, NOW, "nonce", b"{}").unwrap();
    headers.signature_type = None;
    assert_eq!(wechat::verify(&headers, b"{}", &our_keys(), NOW), Ok(()));
    headers.signature_type = Some("WECHATPAY2-SM2-WITH-SM3".to_owned());
    assert_eq!(wechat::verify(&headers, b"{}", &our_keys(), NOW), Err(Error::SignType));
}

#[test]
fn a_list_whose_certificate_is_not_the_announced_one_is_refused() {
    let api_key = ApiKey::read(API_KEY).unwrap();
    let pem = root().issue(&wanted("WeChat", &[7]), &PEMS[0]).unwrap();
    let certificate = Certificate::read(&pem).unwrap();
    let times = "2024-01-01T08:00:00+08:00";
    let body = wechat::write_certificates(&[(&certificate, times, times, "SbxCertNonce")], &api_key).unwrap();
    let headers = |body: &[u8]| wechat::sign(&our_key(), certificate.serial_hex(), NOW, "n", body).unwrap();
    let (keys, _) =
        wechat::read_certificates(&headers(&body), &body, &api_key, &Keys::default(), NOW).unwrap();
    assert!(keys.get(certificate.serial_hex()).is_ok() && keys.public_key_id().is_none());
    let other =
        String::from_utf8(body).unwrap().replace(certificate.serial_hex(), &"A".repeat(40)).into_bytes();
    let refused = wechat::read_certificates(&headers(&other), &other, &api_key, &Keys::default(), NOW);
    assert!(matches!(refused, Err(Error::Untrusted(_))));
}

#[test]
fn a_notification_written_here_reads_back() {
    let api_key = ApiKey::read(API_KEY).unwrap();
    let sent = Notification {
        id: "1".to_owned(),
        event_type: "REFUND.SUCCESS".to_owned(),
        original_type: "refund".to_owned(),
        plaintext: "{\"退款\":1}".as_bytes().to_vec(),
    };
    let body =
        wechat::write_notification(&sent, "2026-01-01T08:00:00+08:00", "退款成功", &api_key, "SbxNonce0001");
    let body = body.unwrap();
    let headers = wechat::sign(&our_key(), PUBLIC_KEY_ID, NOW, "nonce", &body).unwrap();
    assert_eq!(wechat::read_notification(&headers, &body, &our_keys(), &api_key, NOW), Ok(sent));
}

#[test]
fn an_api_key_has_32_bytes_and_is_not_shown() {
    assert!(ApiKey::read("short").is_err());
    assert_eq!(format!("{:?}", ApiKey::read(API_KEY).unwrap()), "ApiKey(***)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_changed_byte_of_a_body_is_noticed(body in proptest::collection::vec(any::<u8>(), 1..200), at in 0_usize..1_000, flip in 1_u8..=255) {
        let headers = wechat::sign(&our_key(), PUBLIC_KEY_ID, NOW, "nonce", &body).unwrap();
        prop_assert_eq!(wechat::verify(&headers, &body, &our_keys(), NOW), Ok(()));
        let mut changed = body.clone();
        let at = at % changed.len();
        changed[at] ^= flip;
        prop_assert_eq!(wechat::verify(&headers, &changed, &our_keys(), NOW), Err(Error::BadSignature));
    }

    #[test]
    fn sealed_text_opens_only_as_it_was_sealed(plain in proptest::collection::vec(any::<u8>(), 0..200), aad in "[a-z]{0,12}") {
        let key = ApiKey::read(API_KEY).unwrap();
        let sealed = key.seal(&plain, None, &aad, "SbxNonce0001").unwrap();
        prop_assert_eq!(key.open(&sealed), Ok(plain.clone()));
        let other = key.seal(&plain, None, &format!("{aad}x"), "SbxNonce0001").unwrap();
        let mut json = serde_json::to_value(&other).unwrap();
        json["associated_data"] = aad.into();
        let mixed: wechat::Resource = serde_json::from_value(json).unwrap();
        prop_assert_eq!(key.open(&mixed), Err(Error::Decrypt));
    }
}
