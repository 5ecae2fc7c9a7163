//! Alipay: the vectors, both sides against each other, and what must be refused.

use proptest::prelude::*;

use super::{PEMS, cases, other_key, our_key, params, root, text, vectors, wanted};
use crate::{
    Error, Params,
    alipay::{self, Answer, Keys},
    keys::{Certificate, PublicKey},
    making,
};

fn keys(file: &serde_json::Value) -> Keys {
    Keys::of_key(PublicKey::read(text(&file["keys"], "alipay_public_key_spki_bare_base64")).unwrap())
}

fn request() -> Params {
    let pairs = [
        ("app_id", "2021000000000001"),
        ("biz_content", "{\"subject\":\"宿舍 50% + tax\"}"),
        ("method", "m"),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn every_request_of_the_vectors_verifies() {
    let file = vectors("alipay_request");
    let key = PublicKey::read(text(&file["keys"], "app_public_key_spki_bare_base64")).unwrap();
    for case in cases(&file) {
        let mut all = params(&case["params"]);
        assert_eq!(alipay::canonical(&all), text(case, "canonical"), "{}", case["id"]);
        all.insert("sign".to_owned(), text(case, "sign").to_owned());
        assert_eq!(alipay::verify(&all, &key), Ok(()), "{}", case["id"]);
        assert_eq!(alipay::order_string(&all), text(case, "query_string_sorted"), "{}", case["id"]);
        let read = alipay::read_request(text(case, "query_string_sorted").as_bytes(), b"").unwrap();
        assert_eq!(read, all, "{}", case["id"]);
    }
}

#[test]
fn every_answer_of_the_vectors_is_judged_right() {
    let file = vectors("alipay_response");
    let pem = text(&file["keys"], "alipay_cert_pem");
    assert_eq!(
        alipay::certificate_serial(&Certificate::read(pem).unwrap()),
        text(&file["keys"], "alipay_cert_sn")
    );
    for case in cases(&file) {
        let method = text(case, "root").trim_end_matches("_response").replace('_', ".");
        let answer = Answer::read(text(case, "body").as_bytes(), &method).unwrap();
        let expected = match text(case, "expect") {
            "accept" => Ok(()),
            "unsigned-error" => Err(Error::Unsigned),
            _ => Err(Error::BadSignature),
        };
        assert_eq!(answer.verify(&keys(&file)), expected, "{}", case["id"]);
        if let Some(content) = case["signed_content"].as_str() {
            let same = answer.content == content;
            assert!(same || text(case, "expect") == "reject-signature", "{}", case["id"]);
        }
    }
}

#[test]
fn an_answer_in_certificate_mode_is_verified_by_the_certificate_it_names() {
    let file = vectors("alipay_response");
    let roots = vectors("alipay_cert_sn");
    let bundle = text(&roots["keys"], "alipay_root_bundle_pem");
    let by_serial = Keys::of_certificate(text(&file["keys"], "alipay_cert_pem"), bundle).unwrap();
    let find = |id: &str| cases(&file).iter().find(|case| case["id"] == id).unwrap();
    let case = find("transfer-cert");
    let method = text(case, "root").trim_end_matches("_response").replace('_', ".");
    let answer = Answer::read(text(case, "body").as_bytes(), &method).unwrap();
    assert_eq!(answer.verify(&by_serial), Ok(()));
    let other = text(case, "body").replace("096d9d0a", "196d9d0a");
    let other = Answer::read(other.as_bytes(), &method).unwrap();
    assert!(matches!(other.verify(&by_serial), Err(Error::UnknownSerial(_))));
    let plain = text(find("query-ok"), "body");
    let plain = Answer::read(plain.as_bytes(), "alipay.trade.query").unwrap();
    assert_eq!(plain.verify(&by_serial), Err(Error::Missing("alipay_cert_sn")));
}

#[test]
fn every_serial_of_the_vectors_comes_out() {
    let file = vectors("alipay_cert_sn");
    let pem = |name: &str| Certificate::read(text(&file["keys"], name)).unwrap();
    for case in cases(&file) {
        let found = match text(case, "id") {
            "app_cert_sn" => alipay::certificate_serial(&pem("app_cert_pem")),
            "alipay_cert_sn" => alipay::certificate_serial(&pem("alipay_cert_pem")),
            "alipay_root_cert_sn" => {
                alipay::root_serial(text(&file["keys"], "alipay_root_bundle_pem")).unwrap()
            }
            other => panic!("{other} is not tested"),
        };
        assert_eq!(found, text(case, "sn"), "{}", case["id"]);
    }
}

#[test]
fn every_notification_of_the_vectors_is_judged_right() {
    let file = vectors("alipay_notify");
    for case in cases(&file) {
        let read = alipay::read_notification(text(case, "form_body").as_bytes(), &keys(&file));
        if text(case, "expect") == "reject-signature" {
            assert_eq!(read, Err(Error::BadSignature), "{}", case["id"]);
            continue;
        }
        let mut expected = params(&case["decoded_params"]);
        expected.retain(|name, _| name != "sign" && name != "sign_type");
        assert_eq!(read.as_ref(), Ok(&expected), "{}", case["id"]);
        let app = text(&file["keys"], "app_id");
        let amount_of_order = if expected["out_trade_no"].ends_with('2') { "0.01" } else { "88.88" };
        let is_ours = expected["app_id"] == app && expected["total_amount"] == amount_of_order;
        assert_eq!(is_ours, text(case, "expect") == "accept", "{}", case["id"]);
    }
}

#[test]
fn what_one_side_signs_the_other_verifies() {
    let mut all = request();
    all.insert("empty".to_owned(), String::new());
    alipay::sign(&mut all, &our_key()).unwrap();
    assert!(!all.contains_key("empty"));
    let url = alipay::url("http://127.0.0.1/gateway.do", &all);
    let query = url.split_once('?').unwrap().1;
    let read = alipay::read_request(query.as_bytes(), b"").unwrap();
    assert_eq!(alipay::verify(&read, &our_key().public()), Ok(()));
    assert_eq!(alipay::verify(&read, &other_key().public()), Err(Error::BadSignature));
    let page = alipay::auto_post_page("http://127.0.0.1/gateway.do", &all);
    assert!(page.contains("name=\"biz_content\" value=\"{&quot;subject&quot;:&quot;宿舍 50% + tax&quot;}\""));
    assert!(
        !page.contains("biz_content=") && page.contains("action=\"http://127.0.0.1/gateway.do?app_id=2021")
    );
}

#[test]
fn a_request_that_asks_for_another_kind_of_signature_is_refused() {
    let mut all = request();
    alipay::sign(&mut all, &our_key()).unwrap();
    for kind in ["RSA", "rsa2", "", "none"] {
        all.insert("sign_type".to_owned(), kind.to_owned());
        all.remove("sign");
        let signature = our_key().sign(alipay::canonical(&all).as_bytes()).unwrap();
        all.insert("sign".to_owned(), signature);
        assert_eq!(alipay::verify(&all, &our_key().public()), Err(Error::SignType), "{kind}");
    }
}

#[test]
fn a_notification_that_asks_for_another_kind_of_signature_is_refused() {
    let keys = Keys::of_key(our_key().public());
    let body = alipay::write_notification(&request(), &our_key()).unwrap();
    assert!(alipay::read_notification(body.as_bytes(), &keys).is_ok());
    let downgraded = body.replace("sign_type=RSA2", "sign_type=RSA");
    assert_eq!(alipay::read_notification(downgraded.as_bytes(), &keys), Err(Error::SignType));
    let without = body.replace("&sign_type=RSA2", "");
    assert_eq!(alipay::read_notification(without.as_bytes(), &keys), Err(Error::SignType));
}

#[test]
fn a_parameter_that_comes_twice_is_refused() {
    let keys = Keys::of_key(our_key().public());
    let body = alipay::write_notification(&request(), &our_key()).unwrap();
    let twice = format!("{body}&app_id=2021000000000001");
    assert!(matches!(alipay::read_notification(twice.as_bytes(), &keys), Err(Error::Malformed { .. })));
    assert!(alipay::read_request(b"a=1", b"a=2").is_err());
    assert_eq!(alipay::read_request(b"a=1", b"a=1&b=2").unwrap().len(), 2);
}

#[test]
fn a_value_that_could_hide_a_parameter_is_refused() {
    // The text that is signed is the same: the payer chose a subject that holds another amount, and somebody cut the
    // parameters anew so that the real amount hides in a value.
    let pairs = |subject: &str, amount: &str| {
        let all = [("subject", subject), ("total_amount", amount)];
        all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Params>()
    };
    let keys = Keys::of_key(our_key().public());
    let genuine = pairs("a&total_amount=9999.00&total_amountz=", "0.01");
    let mut forged = pairs("a", "9999.00");
    forged.insert("total_amountz".to_owned(), "&total_amount=0.01".to_owned());
    assert_eq!(crate::form::joined(&genuine, &[], true), crate::form::joined(&forged, &[], true));
    for all in [genuine, forged] {
        let body = alipay::write_notification(&all, &our_key()).unwrap();
        assert!(matches!(alipay::read_notification(body.as_bytes(), &keys), Err(Error::Malformed { .. })));
    }
}

#[test]
fn a_notification_in_gbk_is_verified_as_it_came() {
    let mut all = request();
    all.insert("charset".to_owned(), "GBK".to_owned());
    let bytes = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    let message = bytes(&crate::form::joined(&all, &[], true));
    let sign = crate::form::escape(&our_key().sign(&message).unwrap());
    let pairs = all.iter().map(|(name, value)| {
        format!(
            "{name}={}",
            percent_encoding::percent_encode(&bytes(value), percent_encoding::NON_ALPHANUMERIC)
        )
    });
    let body = format!("{}&sign_type=RSA2&sign={sign}", pairs.collect::<Vec<_>>().join("&"));
    let read = alipay::read_notification(body.as_bytes(), &Keys::of_key(our_key().public())).unwrap();
    assert_eq!(read, all);
}

#[test]
fn an_answer_with_two_responses_or_none_is_refused() {
    for body in [
        "{\"m_response\":{},\"m_response\":{},\"sign\":\"x\"}",
        "{\"m_response\":{},\"error_response\":{},\"sign\":\"x\"}",
        "{\"other_response\":{},\"sign\":\"x\"}",
        "{\"m_response\":[],\"sign\":\"x\"}",
        "<html></html>",
        "{\"m_response\":{}} trailing",
    ] {
        assert!(Answer::read(body.as_bytes(), "m").is_err(), "{body}");
    }
}

#[test]
fn an_answer_written_here_reads_back_with_and_without_a_certificate() {
    let leaf = root().issue(&wanted("Alipay", &[9]), &PEMS[0]).unwrap();
    let serial = alipay::certificate_serial(&Certificate::read(&leaf).unwrap());
    let keys = Keys::of_certificate(&leaf, root().pem()).unwrap();
    let content = "{\"code\":\"10000\",\"url\":\"https:\\/\\/a.b\\/{\"}";
    let body = alipay::write_answer("a.b", content, &our_key(), Some(&serial)).unwrap();
    let answer = Answer::read(body.as_bytes(), "a.b").unwrap();
    assert_eq!((answer.content, answer.verify(&keys)), (content, Ok(())));
    let body = alipay::write_answer("a.b", content, &our_key(), None).unwrap();
    let answer = Answer::read(body.as_bytes(), "a.b").unwrap();
    assert_eq!(answer.verify(&Keys::of_key(our_key().public())), Ok(()));
    assert_eq!(answer.verify(&Keys::of_key(other_key().public())), Err(Error::BadSignature));
}

#[test]
fn a_certificate_that_does_not_chain_to_the_root_file_is_not_taken() {
    let impostor = making::Authority::root(&wanted("Test Root", &[1]), &PEMS[0]).unwrap();
    let leaf = impostor.issue(&wanted("Alipay", &[9]), &PEMS[0]).unwrap();
    assert!(matches!(Keys::of_certificate(&leaf, root().pem()), Err(Error::Untrusted(_))));
    let good = root().issue(&wanted("Alipay", &[9]), &PEMS[0]).unwrap();
    let mut keys = Keys::of_certificate(&good, root().pem()).unwrap();
    assert!(matches!(keys.add_certificates(&leaf), Err(Error::Untrusted(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_signed_verifies_and_whatever_is_changed_does_not(
        values in proptest::collection::btree_map("[a-z_]{1,12}", ".{0,40}", 1..6),
        at in 0_usize..10_000,
        flip in 1_u8..=255,
    ) {
        let mut all: Params = values;
        all.retain(|name, value| !name.starts_with("sign") && name != "charset" && !value.contains('&'));
        let keys = Keys::of_key(our_key().public());
        let body = alipay::write_notification(&all, &our_key()).unwrap();
        prop_assert_eq!(alipay::read_notification(body.as_bytes(), &keys), Ok(all.clone()));
        let mut changed = body.clone().into_bytes();
        let at = at % changed.len();
        changed[at] ^= flip;
        let read = alipay::read_notification(&changed, &keys);
        prop_assert!(read.is_err() || read == Ok(all), "a changed byte was taken");
    }
}
