//! Addresses that callers name, in any spelling.

use fault::Code;

use super::stage::Stage;
use crate::links::Links;

fn listed() -> Links {
    Links::new(&["app.example.com".to_owned(), "*.dorm.cn".to_owned(), "[::1]".to_owned()], false)
}

#[test]
fn a_browser_goes_to_listed_hosts_alone() {
    let links = listed();
    for (text, expected) in [
        ("https://app.example.com/paid?x=1#y", "https://app.example.com/paid?x=1#y"),
        ("http://APP.example.com:8080", "http://app.example.com:8080/"),
        ("https://a.b.dorm.cn/", "https://a.b.dorm.cn/"),
        ("http://[0:0:0:0:0:0:0:1]/", "http://[::1]/"),
    ] {
        assert_eq!(links.returning("returnUrl", Some(text)).as_deref(), Ok(expected));
    }
    assert_eq!(links.returning("returnUrl", None).as_deref(), Ok(""));
    for text in [
        "https://evil.com/app.example.com",
        "https://app.example.com.evil.com/",
        "https://xapp.example.com/",
        "https://dorm.cn/",
        "https://xdorm.cn/",
        "https://app.example.com@evil.com/",
        "https://user:pass@app.example.com/",
        "https://app.example.com\\@evil.com/",
        "https://evil.com\\.app.example.com/",
        "https://app.example.com\n.evil.com/",
        " https://app.example.com/",
        "javascript:alert(1)//app.example.com",
        "data:text/html,app.example.com",
        "//app.example.com/",
        "/paid",
        "app.example.com",
        "https://",
        "",
    ] {
        let fault = links.returning("returnUrl", Some(text)).unwrap_err();
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("returnUrl")), "{text}");
    }
    let long = format!("https://app.example.com/{}", "x".repeat(500));
    assert!(links.returning("returnUrl", Some(&long)).is_err());
}

#[test]
fn a_webhook_goes_to_the_public_internet_alone_in_any_spelling() {
    let links = listed();
    for text in [
        "https://api.example.com/payment/notify",
        "http://8.8.8.8/",
        "http://[2606:4700::1111]/",
        "http://172.15.0.1/",
        "http://100.63.0.1/",
    ] {
        assert!(links.notified("notifyUrl", Some(text)).is_ok(), "{text}");
    }
    for text in [
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
        "http://redis:6379/",
        "http://db.internal/",
        "http://printer.local/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://0x7f.1/",
        "http://１２７.0.0.1/",
        "http://127.0.0.1./",
        "http://0/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://172.31.255.255/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://2852039166/",
        "http://100.64.0.1/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[ff02::1]/",
        "ftp://api.example.com/",
        "file:///etc/passwd",
        "https://user@api.example.com/",
    ] {
        let fault = links.notified("notifyUrl", Some(text)).unwrap_err();
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("notifyUrl")), "{text}");
    }
    let open = Links::new(&[], true);
    assert!(open.notified("notifyUrl", Some("http://127.0.0.1:4100/hook")).is_ok());
    assert!(open.returning("returnUrl", Some("http://127.0.0.1/")).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_addresses_are_refused_before_anything_is_made() {
    let stage = Stage::with(&[("WEBHOOK_ALLOW_PRIVATE", "false")]).await;
    let body = |more: &str| {
        format!(
            r#"{{"orderId":1,"orderNo":"ORD202401160001","userId":1,"amount":1,"paymentMethod":"alipay","paymentChannel":"app","subject":"x",{more}}}"#
        )
    };
    let refund = r#"{"refundAmount":1,"refundReason":"x","refundType":"full","operatorId":1,"operatorType":"user","notifyUrl":"http://127.1/"}"#;
    let recharge =
        r#"{"amount":1,"paymentMethod":"alipay","paymentChannel":"app","returnUrl":"https://evil.com"}"#;
    let (listed, private) =
        ("must be on a host that is listed", "must not be a private, local or reserved address");
    for (path, body, field, rule) in [
        ("", body(r#""returnUrl":"https://evil.com/""#), "returnUrl", listed),
        ("", body(r#""notifyUrl":"http://169.254.169.254/""#), "notifyUrl", private),
        ("", body(r#""notifyUrl":"http://0x7f.1/""#), "notifyUrl", private),
        ("/77/refund", refund.to_owned(), "notifyUrl", private),
        ("/wallet/1/recharge", recharge.to_owned(), "returnUrl", listed),
    ] {
        let reply = stage.post(&format!("/api/v1/payments{path}"), &body).await;
        let message = format!("请求参数验证失败: {field}: {rule}");
        reply.is_refused_in_payments(400, "VALIDATION_ERROR", &message);
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}
