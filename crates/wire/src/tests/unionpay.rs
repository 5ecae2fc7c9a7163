//! UnionPay: the vectors, both sides against each other, and what must be refused.

use money::Minor;
use proptest::prelude::*;

use super::{NOW, PEMS, cases, our_key, params, root, text, vectors, wanted};
use crate::{
    Error, Params,
    keys::Certificate,
    making::Authority,
    unionpay::{self, Signer, Trust},
};

const COMPANY: &str = "041@Z@中国银联股份有限公司@00000002";

fn certificate(pem: &str) -> Certificate {
    Certificate::read(pem).unwrap()
}

/// UnionPay's signer below our test root, through a middle certificate.
fn provider(common_name: &str) -> (Signer, Trust) {
    let middle = root().authority(&wanted("Test Middle", &[2]), &PEMS[1]).unwrap();
    let pem = middle.issue(&wanted(common_name, &[3]), &PEMS[0]).unwrap();
    let trust = Trust::read(&format!("{}\n{}", middle.pem(), root().pem()), false).unwrap();
    (Signer::new(our_key(), certificate(&pem)).unwrap(), trust)
}

fn message() -> Params {
    let pairs =
        [("orderId", "U2026"), ("txnAmt", "12345"), ("reqReserved", "{a=1&b=2}"), ("respMsg", "成功 ok")];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn every_message_of_the_vectors_verifies() {
    let file = vectors("unionpay");
    let merchant = certificate(text(&file["keys"], "merchant_cert_pem"));
    let bundle =
        format!("{}{}", text(&file["keys"], "middle_cert_pem"), text(&file["keys"], "root_cert_pem"));
    let trust = Trust::read(&bundle, false).unwrap();
    for case in cases(&file) {
        let mut all = params(&case["params"]);
        let canonical = unionpay::canonical(&all);
        assert_eq!(canonical, text(case, "canonical"), "{}", case["id"]);
        assert_eq!(unionpay::digest(&canonical), text(case, "sha256_hex"), "{}", case["id"]);
        all.insert("signature".to_owned(), text(case, "signature").to_owned());
        assert_eq!(unionpay::read_form(text(case, "form_body").as_bytes()).unwrap(), all, "{}", case["id"]);
        if all.contains_key("certId") {
            assert_eq!(Signer::verify_request(&merchant, &all), Ok(()), "{}", case["id"]);
        } else {
            assert_eq!(unionpay::verify(&all, &trust, NOW), Ok(()), "{}", case["id"]);
        }
        if let Some(raw) = case["raw_body"].as_str() {
            assert_eq!(unionpay::read_answer(raw.as_bytes()).unwrap(), all, "{}", case["id"]);
        }
    }
}

#[test]
fn what_one_side_signs_the_other_verifies() {
    let (signer, trust) = provider(COMPANY);
    let mut all = message();
    signer.sign_with_certificate(&mut all).unwrap();
    assert_eq!(unionpay::verify(&all, &trust, NOW), Ok(()));
    let back = unionpay::read_form(unionpay::write_form(&all).as_bytes()).unwrap();
    assert_eq!(unionpay::verify(&back, &trust, NOW), Ok(()));
    let back = unionpay::read_answer(unionpay::write_answer(&all).as_bytes()).unwrap();
    assert_eq!(back, all);
    let mut request = message();
    signer.sign_request(&mut request).unwrap();
    let own = certificate(&signer_pem(&all));
    assert_eq!(Signer::verify_request(&own, &request), Ok(()));
    assert!(matches!(
        Signer::verify_request(&certificate(root().pem()), &request),
        Err(Error::UnknownSerial(_))
    ));
}

fn signer_pem(params: &Params) -> String {
    params["signPubKeyCert"].clone()
}

#[test]
fn a_certificate_of_somebody_else_signs_nothing() {
    let (mallory, trust) = provider("041@Z@Mallory@00000002");
    let mut all = message();
    mallory.sign_with_certificate(&mut all).unwrap();
    assert_eq!(unionpay::verify(&all, &trust, NOW), Err(Error::Untrusted("its name is not UnionPay's")));
    let own_root = Authority::root(&wanted("Test Root", &[1]), &PEMS[0]).unwrap();
    let pem = own_root.issue(&wanted(COMPANY, &[3]), &PEMS[0]).unwrap();
    Signer::new(our_key(), certificate(&pem)).unwrap().sign_with_certificate(&mut all).unwrap();
    assert_eq!(unionpay::verify(&all, &trust, NOW), Err(Error::Untrusted("it does not chain to the root")));
    let (genuine, trust) = provider(COMPANY);
    let mut all = message();
    genuine.sign_with_certificate(&mut all).unwrap();
    let in_2050 = 2_524_608_000;
    assert_eq!(unionpay::verify(&all, &trust, in_2050), Err(Error::Untrusted("it is not valid now")));
}

#[test]
fn the_test_systems_name_counts_only_where_it_is_allowed() {
    let (signer, trust) = provider("00040000:SIGN");
    let mut all = message();
    signer.sign_with_certificate(&mut all).unwrap();
    assert!(matches!(unionpay::verify(&all, &trust, NOW), Err(Error::Untrusted(_))));
    let middle = root().authority(&wanted("Test Middle", &[2]), &PEMS[1]).unwrap();
    let open = Trust::read(&format!("{}\n{}", middle.pem(), root().pem()), true).unwrap();
    assert_eq!(unionpay::verify(&all, &open, NOW), Ok(()));
}

#[test]
fn an_older_version_or_another_method_is_refused() {
    let (signer, trust) = provider(COMPANY);
    for (name, value) in [("version", "5.0.0"), ("signMethod", "11"), ("signMethod", "12")] {
        let mut all = message();
        signer.sign_with_certificate(&mut all).unwrap();
        all.insert(name.to_owned(), value.to_owned());
        let sign = our_key().sign(unionpay::digest(&unionpay::canonical(&all)).as_bytes()).unwrap();
        all.insert("signature".to_owned(), sign);
        assert_eq!(unionpay::verify(&all, &trust, NOW), Err(Error::SignType), "{name}={value}");
    }
}

#[test]
fn a_key_without_its_certificate_is_refused() {
    let pem = root().issue(&wanted("x", &[4]), &PEMS[1]).unwrap();
    assert!(matches!(Signer::new(our_key(), certificate(&pem)), Err(Error::Key { .. })));
}

#[test]
fn an_answer_that_is_no_list_of_pairs_is_refused() {
    for body in ["a", "a=1&a=2", "a={b&c=1", "=1", "a={b}c&d=1", "a=1&&b=2"] {
        assert!(unionpay::read_answer(body.as_bytes()).is_err(), "{body}");
    }
    assert_eq!(unionpay::read_answer(b"a={x={y}&z}&b=[1&2]&c=&d=x==").unwrap().len(), 4);
}

#[test]
fn amounts_are_whole_fen() {
    assert_eq!(unionpay::fen_text(Minor::new(12_345)).unwrap(), "12345");
    assert_eq!(unionpay::read_fen("000000012345").unwrap(), Minor::new(12_345));
    for bad in ["", "1.00", "-1", "+1", " 1", "1234567890123", "１"] {
        assert!(unionpay::read_fen(bad).is_err(), "{bad}");
    }
    assert!(unionpay::fen_text(Minor::new(-1)).is_err());
}

#[test]
fn the_page_that_posts_itself_escapes_every_value() {
    let page =
        unionpay::auto_post_page("http://h/?a=\"", &[("n".to_owned(), "\"><script>".to_owned())].into());
    assert!(
        page.contains("value=\"&quot;&gt;&lt;script&gt;\"") && page.contains("action=\"http://h/?a=&quot;\"")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_changed_value_is_noticed(value in "[ !-%'-~]{1,40}", other in "[ !-%'-~]{1,40}") {
        let (signer, trust) = provider(COMPANY);
        let mut all = message();
        all.insert("respMsg".to_owned(), value.clone());
        signer.sign_with_certificate(&mut all).unwrap();
        prop_assert_eq!(unionpay::verify(&all, &trust, NOW), Ok(()));
        all.insert("respMsg".to_owned(), other.clone());
        prop_assert_eq!(unionpay::verify(&all, &trust, NOW).is_ok(), value == other);
    }
}
