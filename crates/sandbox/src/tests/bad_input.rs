//! Bad and hostile input at the providers' doors: each refused in the provider's own words, nothing done.

use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};
use wire::alipay::{self, Answer};

use super::{Merchant, Stage, merchant::Mode};

const NATIVE: &str = "/v3/pay/transactions/native";

#[tokio::test]
async fn alipay_refuses_an_unknown_application_without_a_signature() {
    let stage = Stage::new().await;
    let merchant = Merchant::new(&stage, Mode::Key);
    let method = "alipay.trade.query";
    let more = [("app_id", "2021000000000009")];
    let refused = merchant.alipay_with(&stage, method, &more, json!({ "out_trade_no": "X1" })).await;
    assert_eq!(refused.verified, Err(wire::Error::Unsigned));
    assert_eq!(
        (refused.content["code"].as_str(), refused.content["sub_code"].as_str()),
        (Some("40002"), Some("isv.invalid-app-id"))
    );
}

#[tokio::test]
async fn alipay_refuses_what_is_not_signed_well_or_not_whole() {
    let stage = Stage::new().await;
    let merchant = Merchant::new(&stage, Mode::Key);
    let (method, biz) = ("alipay.trade.query", json!({ "out_trade_no": "X1" }));
    let signed = |more: &[(&str, &str)]| merchant.alipay_params(&stage, method, more, &biz);
    let without = |name: &str| {
        let mut all = signed(&[]);
        all.remove(name);
        all
    };
    let mut changed = signed(&[]);
    changed.insert("biz_content".to_owned(), "{}".to_owned());
    let mut weak = signed(&[]);
    weak.insert("sign_type".to_owned(), "RSA".to_owned());
    for (params, expected) in [
        (changed, "isv.invalid-signature"),
        (weak, "isv.invalid-signature-type"),
        (without("sign"), "isv.missing-signature"),
        (without("timestamp"), "isv.missing-timestamp"),
        (without("version"), "isv.missing-version"),
        (signed(&[("charset", "gbk")]), "isv.invalid-charset"),
        (signed(&[("version", "2.0")]), "isv.invalid-version"),
        (signed(&[("format", "XML")]), "isv.invalid-format"),
        (signed(&[("timestamp", "now")]), "isv.invalid-timestamp"),
        (signed(&[("app_cert_sn", "0")]), "isv.invalid-app-cert-sn"),
        (signed(&[("biz_content", "[1]")]), "isv.illegal-json"),
        (signed(&[("unknown", "is signed too")]), "ACQ.TRADE_NOT_EXIST"),
    ] {
        // By GET, as some libraries call.
        let (status, text) = stage.get(&alipay::url(merchant.of("ALIPAY_GATEWAY"), &params)).await;
        let answer = Answer::read(text.as_bytes(), method).unwrap();
        let content: Value = serde_json::from_str(answer.content).unwrap();
        assert_eq!((status, content["sub_code"].as_str()), (200, Some(expected)), "{text}");
        assert_eq!(answer.verify(&merchant.alipay_keys()), Ok(()));
    }
    let params = merchant.alipay_params(&stage, "alipay.trade.refuse", &[], &biz);
    let (_, text) = stage.get(&alipay::url(merchant.of("ALIPAY_GATEWAY"), &params)).await;
    assert!(text.contains("alipay_trade_refuse_response") && text.contains("isv.invalid-method"));
    let page = merchant.alipay_params(&stage, "alipay.trade.page.pay", &[], &json!({ "out_trade_no": "X" }));
    let (status, text) = stage.get(&alipay::url(merchant.of("ALIPAY_GATEWAY"), &page)).await;
    assert!(status == 200 && text.contains("<html") && text.contains("ACQ.INVALID_PARAMETER"), "{text}");
    assert_eq!(stage.control("trades").await["trades"], json!([]));
}

#[tokio::test]
async fn wechat_refuses_by_the_order_of_its_checks() {
    let stage = Stage::new().await;
    let merchant = Merchant::new(&stage, Mode::Key);
    let body = merchant.order("X00001", 1, "http://127.0.0.1:1/").to_string().into_bytes();
    let good = merchant.wechat_authorization(&stage, &Method::POST, NATIVE, &body);
    let serial = merchant.of("WECHAT_PAY_SERIAL_NO");
    for (header, status, code, hint) in [
        (String::new(), 401, "SIGN_ERROR", "缺少Authorization"),
        (good.replacen("WECHATPAY2-SHA256-RSA2048", "Basic", 1), 401, "SIGN_ERROR", "认证类型"),
        (good.replacen("nonce_str", "nonce", 1), 401, "SIGN_ERROR", "格式错误"),
        (good.replacen(serial, "0000", 1), 401, "SIGN_ERROR", "商户证书序列号有误"),
        (good.replacen("signature=\"", "signature=\"AAAA", 1), 401, "SIGN_ERROR", "签名错误"),
        (good.replacen("1900000001", "1900000002", 1), 400, "PARAM_ERROR", "商户号"),
    ] {
        let (got, headers, answer) =
            merchant.wechat_raw(&stage, (Method::POST, NATIVE), &header, body.clone()).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!((got, answer["code"].as_str()), (status, Some(code)), "{hint}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains(hint), "{hint}: {answer}");
        assert!(!headers.contains_key("wechatpay-signature"));
        if hint == "签名错误" {
            let said = &answer["detail"]["sign_information"];
            assert_eq!((said["method"].as_str(), said["url"].as_str()), (Some("POST"), Some(NATIVE)));
            assert!(said["truncated_sign_message"].as_str().unwrap().starts_with("POST\n/v3/pay/"));
        }
    }
    stage.clock.advance(chrono::Duration::seconds(300));
    let (got, _, answer) = merchant.wechat_raw(&stage, (Method::POST, NATIVE), &good, body).await;
    assert!(got == 401 && String::from_utf8_lossy(&answer).contains("timestamp"));
    assert_eq!(stage.control("trades").await["trades"], json!([]));
}

#[tokio::test]
async fn wechat_names_the_field_that_is_wrong() {
    let stage = Stage::new().await;
    let merchant = Merchant::new(&stage, Mode::Key);
    for (pointer, value, code) in [
        ("/appid", json!("wx0"), "APPID_MCHID_NOT_MATCH"),
        ("/description", json!(""), "PARAM_ERROR"),
        ("/description", json!("长".repeat(43)), "PARAM_ERROR"),
        ("/out_trade_no", json!("12345"), "PARAM_ERROR"),
        ("/out_trade_no", json!("1234/6"), "PARAM_ERROR"),
        ("/amount/total", json!(0), "PARAM_ERROR"),
        ("/amount/total", json!(1.5), "PARAM_ERROR"),
        ("/amount/total", json!("1"), "PARAM_ERROR"),
        ("/amount/currency", json!("USD"), "PARAM_ERROR"),
        ("/notify_url", json!("javascript:alert(1)"), "PARAM_ERROR"),
        ("/notify_url", json!("http://shop.test/?a=1"), "PARAM_ERROR"),
        ("/attach", json!(7), "PARAM_ERROR"),
    ] {
        let mut order = merchant.order("X00002", 1, "http://127.0.0.1:1/");
        *order.pointer_mut(pointer).unwrap() = value.clone();
        let (status, answer) = merchant.wechat(&stage, Method::POST, NATIVE, order).await;
        assert_eq!((status, answer["code"].as_str()), (400, Some(code)), "{pointer} {value}");
        if code == "PARAM_ERROR" {
            assert_eq!(answer["detail"]["field"], pointer);
        }
    }
    let other = merchant.wechat(&stage, Method::POST, NATIVE, json!([])).await;
    assert_eq!(other.0, 400);
}

#[tokio::test]
async fn wechat_answers_unknown_paths_and_methods_with_nothing() {
    let stage = Stage::new().await;
    let merchant = Merchant::new(&stage, Mode::Key);
    for (method, path, status) in [
        (Method::GET, "/v3/pay/transactions/cash", 404),
        (Method::GET, NATIVE, 405),
        (Method::DELETE, "/v3/certificates", 405),
    ] {
        let (got, _, body) = merchant.wechat_raw(&stage, (method, path), "", Vec::new()).await;
        assert_eq!((got, body), (status, Vec::new()), "{path}");
    }
    let bare = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer =
        bare.get(format!("{}/v3/certificates", stage.url)).header("Accept", "").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(answer.text().await.unwrap().contains("INVALID_REQUEST"));
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let stage = Stage::new().await;
    for path in
        ["/gateway.do", "/v3/pay/transactions/native", "/gateway/api/backTransReq.do", "/control/faults"]
    {
        assert_eq!(stage.post(path, vec![b'a'; 256 * 1024 + 1]).await.0, 413, "{path}");
    }
}
