//! Hostile callbacks, made of true ones: what its provider did not sign for us, now and as it stands, is answered with
//! the provider's failure, passes no milestone and writes nothing.
//!
//! The keys are the sandbox's own, so that everything but the one lie is true. What the clients alone refuse stands in
//! `providers`.

use std::collections::BTreeMap as Map;

use ::wire::{
    Params, alipay,
    keys::{Certificate, PrivateKey},
    unionpay::{self, Signer},
    wechat::{self, ApiKey, Notification, SignedHeaders},
};
use axum::body::Bytes;
use proto::payment::v1::{HandleCallbackRequest, HandleCallbackResponse, Header};

use super::{cut::watch, *};
use crate::operations::handle_callback;

/// A payment that is paid, of which nobody has heard, and the callback that tells it.
struct Scene {
    site: Site,
    service: Service,
    payment_id: i64,
    told: HandleCallbackRequest,
    before: Map<String, i64>,
}

impl Scene {
    async fn of(method: v1::Method) -> Self {
        let site = Site::new().await;
        let served = site.served().await;
        site.gateway.deaf(true);
        let order = site.order(66_000, 8_800);
        let payment = payments::create(&user(&served, 66_000), wanted(&order, method)).await.unwrap();
        site.open(&payment).await;
        let told = site.paid_and_told(&payment.payment_no).await;
        let service = site.service().await;
        drop(served);
        let mut scene = Self { site, service, payment_id: payment.id, told, before: Map::new() };
        // The news of the creation leave the outbox by themselves.
        sqlx::raw_sql("delete from outbox").execute(&mut scene.site.sql().await).await.unwrap();
        scene.before = scene.traces().await;
        scene
    }

    /// How many rows there are of everything, and the version of the payment.
    async fn traces(&self) -> Map<String, i64> {
        let mut all = Map::new();
        let tables = [
            "payment",
            "payment_history",
            "payment_record",
            "provider_event",
            "refund",
            "suspense",
            "audit",
            "outbox",
            "idempotency",
        ];
        for table in tables {
            all.insert(table.to_owned(), self.site.rows(table).await);
        }
        let version = "payment where version = 1 or (version = 2 and handout is not null)";
        all.insert("untouched".to_owned(), self.site.rows(version).await);
        all
    }

    async fn tell(&self, request: &HandleCallbackRequest) -> (HandleCallbackResponse, Vec<&'static str>) {
        let call = host::Call::default();
        let (answer, passed) = watch(Box::pin(handle_callback::run(&self.service, &call, request))).await;
        (answer.unwrap().reply, passed)
    }

    fn with_body(&self, body: impl Into<Bytes>) -> HandleCallbackRequest {
        HandleCallbackRequest { body: body.into(), ..self.told.clone() }
    }

    /// Tells all lies, then the truth.
    async fn judge(&self, failure: (u32, &[u8]), lies: Vec<(&str, HandleCallbackRequest)>) {
        for (name, lie) in lies {
            let (answer, passed) = self.tell(&lie).await;
            let said = (answer.status, answer.body.as_ref());
            assert!(!answer.is_taken && said == failure, "{name}: {said:?}");
            assert_eq!(passed, Vec::<&str>::new(), "{name}: it went on");
            assert_eq!(self.traces().await, self.before, "{name}: it left a trace");
        }
        let (answer, passed) = self.tell(&self.told).await;
        assert!(answer.is_taken, "the truth is believed");
        assert_eq!(passed.first(), Some(&"callback: it is verified"));
        let copy = self.site.copy().await;
        self.site.ended(&copy, 5).await;
        assert_eq!(
            self.site.rows(&format!("payment where id = {} and status = 'success'", self.payment_id)).await,
            1
        );
        self.site.judge().await;
    }

    fn key(&self, name: &str) -> PrivateKey {
        PrivateKey::read(&self.site.sandbox.key(name)).unwrap()
    }

    /// Bodies that are nothing of any provider's.
    fn nonsense(&self) -> Vec<(&'static str, HandleCallbackRequest)> {
        let body = String::from_utf8(self.told.body.to_vec()).unwrap();
        let xml = "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code></xml>";
        let entity = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><xml>&a;</xml>";
        vec![
            ("nothing, as a GET brings", self.with_body("")),
            ("XML", self.with_body(xml)),
            ("XML with an entity", self.with_body(entity)),
            ("a megabyte", self.with_body(vec![b'a'; 1 << 20])),
            ("a megabyte behind the truth", self.with_body(body.clone() + "&x=" + &"a".repeat(1 << 20))),
            ("a quarter of a megabyte and a byte", self.with_body("a".repeat(256 * 1024 + 1))),
            ("no UTF-8", self.with_body([0xff_u8, 0xfe, 0x00].repeat(100))),
            ("half of it", self.with_body(body[..body.len() / 2].to_owned())),
            ("a hundred headers", with_headers(&self.told, vec![("x".to_owned(), "y".to_owned()); 101])),
        ]
    }
}

fn with_headers(told: &HandleCallbackRequest, pairs: Vec<(String, String)>) -> HandleCallbackRequest {
    let headers = pairs.into_iter().map(|(name, value)| Header { name, value }).collect();
    HandleCallbackRequest { headers, ..told.clone() }
}

fn changed(fields: &Params, name: &str, value: &str) -> Params {
    let mut fields = fields.clone();
    fields.insert(name.to_owned(), value.to_owned());
    fields
}

/// What a web layer makes of a form that decodes it once too often.
fn decoded_twice(fields: &Params) -> String {
    fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn alipay_s_word_counts_only_if_it_is_signed_for_us() {
    let scene = Scene::of(v1::Method::Alipay).await;
    let (theirs, ours) = (scene.key("alipay.key"), scene.key("alipay-app.key"));
    let fields = unionpay::read_form(&scene.told.body).unwrap();
    let signed = |fields: &Params, key: &PrivateKey| {
        let mut plain = fields.clone();
        plain.retain(|name, _| name != "sign" && name != "sign_type");
        scene.with_body(alipay::write_notification(&plain, key).unwrap())
    };
    let raw = |fields: &Params| scene.with_body(unionpay::write_form(fields));
    let without = |name: &str| {
        let mut fields = fields.clone();
        fields.remove(name);
        raw(&fields)
    };
    let mut twice = String::from_utf8(scene.told.body.to_vec()).unwrap();
    twice.push_str("&total_amount=0.01");
    let hidden = changed(&fields, "body", "x&total_amount=0.01");
    let mut lies = scene.nonsense();
    lies.extend([
        ("unsigned", without("sign")),
        ("an empty signature", raw(&changed(&fields, "sign", ""))),
        ("signed by ourselves", signed(&fields, &ours)),
        ("signed by another of their keys", signed(&fields, &scene.key("wechat-public.key"))),
        ("another amount", raw(&changed(&fields, "total_amount", "0.01"))),
        ("another order", raw(&changed(&fields, "out_trade_no", "PAY20260301200000AAAAAAAAAA"))),
        ("another state", raw(&changed(&fields, "trade_status", "TRADE_CLOSED"))),
        ("a field more", raw(&changed(&fields, "extra", "1"))),
        ("a field less", without("notify_time")),
        ("an amount twice", scene.with_body(twice)),
        ("an amount that hides in a value", signed(&hidden, &theirs)),
        ("a downgraded sign_type", raw(&changed(&fields, "sign_type", "RSA"))),
        ("no sign_type", without("sign_type")),
        ("an unknown sign_type", raw(&changed(&fields, "sign_type", "none"))),
        ("decoded twice", scene.with_body(decoded_twice(&fields))),
        ("as JSON", scene.with_body(serde_json::to_string(&fields).unwrap())),
        ("of another app", signed(&changed(&fields, "app_id", "2021000000000002"), &theirs)),
        ("of another seller", signed(&changed(&fields, "seller_id", "2088000000000009"), &theirs)),
        ("of no app", signed(&changed(&fields, "app_id", ""), &theirs)),
    ]);
    scene.judge((200, b"failure"), lies).await;
}

/// What WeChat Pay sends to find out who verifies.
fn wechat_probe(scene: &Scene) -> HandleCallbackRequest {
    let headers = SignedHeaders {
        timestamp: scene.site.clock.now().timestamp().to_string(),
        nonce: "nonce".to_owned(),
        signature: "WECHATPAY/SIGNTEST/AAAA".to_owned(),
        serial: "PUB_KEY_ID_0119000000012026010100000000000001".to_owned(),
        signature_type: None,
    };
    sealed_in(&scene.told, &headers, scene.told.body.clone())
}

fn sealed_in(told: &HandleCallbackRequest, headers: &SignedHeaders, body: Bytes) -> HandleCallbackRequest {
    let pairs = headers.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    HandleCallbackRequest { body, ..with_headers(told, pairs) }
}

fn headers_of(told: &HandleCallbackRequest) -> SignedHeaders {
    SignedHeaders::read(|name| {
        let found = told.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| header.value.as_str())
    })
    .unwrap()
}

/// WeChat Pay's own pen: signs and seals whatever it is asked to.
struct Pen {
    scene: Scene,
    told: SignedHeaders,
    theirs: PrivateKey,
    api_key: ApiKey,
    envelope: Value,
    now: i64,
}

impl Pen {
    async fn new() -> Self {
        let scene = Scene::of(v1::Method::Wechat).await;
        Self {
            told: headers_of(&scene.told),
            theirs: scene.key("wechat-public.key"),
            api_key: ApiKey::read(scene.site.sandbox.key("wechat-api-v3.txt").trim()).unwrap(),
            envelope: serde_json::from_slice(&scene.told.body).unwrap(),
            now: scene.site.clock.now().timestamp(),
            scene,
        }
    }

    fn signed(&self, body: &[u8], (key, serial, at): (&PrivateKey, &str, i64)) -> HandleCallbackRequest {
        let headers = wechat::sign(key, serial, at, "nonce", body).unwrap();
        sealed_in(&self.scene.told, &headers, body.to_vec().into())
    }

    fn truly(&self, body: &[u8]) -> HandleCallbackRequest {
        self.signed(body, (&self.theirs, &self.told.serial, self.now))
    }

    fn sealed(&self, plain: &Value, key: &ApiKey) -> HandleCallbackRequest {
        let notification = Notification {
            id: "1".to_owned(),
            event_type: "TRANSACTION.SUCCESS".to_owned(),
            original_type: "transaction".to_owned(),
            plaintext: plain.to_string().into_bytes(),
        };
        let at = "2026-03-01T20:00:00+08:00";
        self.truly(&wechat::write_notification(&notification, at, "ok", key, "SbxNonce0001").unwrap())
    }

    /// What the true callback says, with one change.
    fn saying(&self, pointer: &str, value: Value) -> HandleCallbackRequest {
        let mut plain = self.plain();
        *plain.pointer_mut(pointer).unwrap() = value;
        self.sealed(&plain, &self.api_key)
    }

    fn plain(&self) -> Value {
        let resource = serde_json::from_value(self.envelope["resource"].clone()).unwrap();
        serde_json::from_slice(&self.api_key.open(&resource).unwrap()).unwrap()
    }

    /// The true seal with one change, truly signed.
    fn resealed(&self, name: &str, value: &str) -> HandleCallbackRequest {
        let mut envelope = self.envelope.clone();
        envelope["resource"][name] = value.into();
        self.truly(envelope.to_string().as_bytes())
    }

    /// The true headers with one change.
    fn with(&self, change: fn(&mut SignedHeaders)) -> HandleCallbackRequest {
        let mut headers = self.told.clone();
        change(&mut headers);
        sealed_in(&self.scene.told, &headers, self.scene.told.body.clone())
    }
}

/// What WeChat Pay answers to when it comes again.
const WECHAT_FAILURE: (u32, &[u8]) = (401, b"{\"code\":\"FAIL\",\"message\":\"not accepted\"}");

#[tokio::test]
async fn wechat_pay_s_word_counts_only_if_it_is_signed_by_it_and_new() {
    let pen = Pen::new().await;
    let (scene, theirs, serial, now) = (&pen.scene, &pen.theirs, pen.told.serial.as_str(), pen.now);
    let body: &[u8] = &scene.told.body;
    let pretty = serde_json::to_string_pretty(&pen.envelope).unwrap();
    let sha1 = |headers: &mut SignedHeaders| {
        headers.signature_type = Some("WECHATPAY2-SHA1-RSA".to_owned());
    };
    let mut lies = scene.nonsense();
    lies.extend([
        ("unsigned", with_headers(&scene.told, Vec::new())),
        ("an empty signature", pen.with(|headers| headers.signature.clear())),
        ("the probe", wechat_probe(scene)),
        ("signed by ourselves", pen.signed(body, (&scene.key("wechat-merchant.key"), serial, now))),
        ("another of their keys", pen.signed(body, (&scene.key("wechat-platform.key"), serial, now))),
        ("an unknown key", pen.signed(body, (theirs, "PUB_KEY_ID_9999999999999999999999999999999999", now))),
        ("an unknown serial", pen.signed(body, (theirs, "444F4864EA9B34415D54A5B6C1A0F4B3D1A8D0BB", now))),
        ("told again later", pen.signed(body, (theirs, serial, now - 301))),
        ("a clock that is ahead", pen.signed(body, (theirs, serial, now + 301))),
        ("no time", pen.with(|headers| headers.timestamp = "now".to_owned())),
        ("another time", pen.with(|headers| headers.timestamp.push('0'))),
        ("another nonce", pen.with(|headers| headers.nonce.push('0'))),
        ("a downgraded signature type", pen.with(sha1)),
        ("written anew", sealed_in(&scene.told, &pen.told, pretty.into())),
        ("a space more", sealed_in(&scene.told, &pen.told, [body, b" "].concat().into())),
    ]);
    scene.judge(WECHAT_FAILURE, lies).await;
}

#[tokio::test]
async fn wechat_pay_s_word_counts_only_if_it_is_sealed_for_us() {
    let pen = Pen::new().await;
    let ciphertext = pen.envelope["resource"]["ciphertext"].as_str().unwrap();
    let flipped = if ciphertext.starts_with('A') { "B" } else { "A" }.to_owned() + &ciphertext[1..];
    let other_key = ApiKey::read(&"k".repeat(32)).unwrap();
    let lies = vec![
        ("other ciphertext", pen.resealed("ciphertext", &flipped)),
        ("no ciphertext", pen.resealed("ciphertext", "")),
        ("other associated data", pen.resealed("associated_data", "refund")),
        ("no associated data", pen.resealed("associated_data", "")),
        ("another nonce of the seal", pen.resealed("nonce", "SbxNonce0009")),
        ("another algorithm", pen.resealed("algorithm", "AEAD_NONE")),
        ("sealed with another key", pen.sealed(&pen.plain(), &other_key)),
        ("of another merchant", pen.saying("/mchid", "1900000002".into())),
        ("of another app", pen.saying("/appid", "wx0000000000000002".into())),
        ("in another currency", pen.saying("/amount/currency", "USD".into())),
        ("with an amount that is none", pen.saying("/amount/total", "88.00".into())),
        ("signed XML", pen.truly(b"<xml/>")),
    ];
    pen.scene.judge(WECHAT_FAILURE, lies).await;
}

#[tokio::test]
async fn a_true_callback_of_wechat_pay_that_is_told_again_after_five_minutes_changes_nothing() {
    let scene = Scene::of(v1::Method::Wechat).await;
    scene.site.clock.advance(TimeDelta::seconds(301));
    let (answer, passed) = scene.tell(&scene.told).await;
    assert!(!answer.is_taken && passed.is_empty());
    assert_eq!(scene.traces().await, scene.before);
}

#[tokio::test]
async fn unionpay_s_word_counts_only_if_it_is_signed_for_us() {
    let scene = Scene::of(v1::Method::Unionpay).await;
    let certificate = |name: &str| Certificate::read(&scene.site.sandbox.key(name)).unwrap();
    let theirs = Signer::new(scene.key("unionpay.key"), certificate("unionpay.crt")).unwrap();
    let ours = Signer::new(scene.key("unionpay-merchant.key"), certificate("unionpay-merchant.crt")).unwrap();
    let fields = unionpay::read_form(&scene.told.body).unwrap();
    let raw = |fields: &Params| scene.with_body(unionpay::write_form(fields));
    let signed = |fields: &Params, signer: &Signer| {
        let mut fields = fields.clone();
        signer.sign_with_certificate(&mut fields).unwrap();
        raw(&fields)
    };
    let saying = |name: &str, value: &str| signed(&changed(&fields, name, value), &theirs);
    let without = |name: &str| {
        let mut fields = fields.clone();
        fields.remove(name);
        raw(&fields)
    };
    let certified = changed(&fields, "signPubKeyCert", &scene.site.sandbox.key("unionpay-merchant.crt"));
    let mut lies = scene.nonsense();
    lies.extend([
        ("unsigned", without("signature")),
        ("without a certificate", without("signPubKeyCert")),
        ("signed by ourselves", signed(&fields, &ours)),
        ("with our certificate", raw(&certified)),
        ("another amount", raw(&changed(&fields, "txnAmt", "1"))),
        ("another order", raw(&changed(&fields, "orderId", "PAY20260301200000AAAAAAAAAA"))),
        ("a field more", raw(&changed(&fields, "extra", "1"))),
        ("a field less", without("traceNo")),
        ("a downgraded method", raw(&changed(&fields, "signMethod", "11"))),
        ("an old version", raw(&changed(&fields, "version", "5.0.0"))),
        ("decoded twice", scene.with_body(decoded_twice(&fields))),
        ("as JSON", scene.with_body(serde_json::to_string(&fields).unwrap())),
        ("of another merchant", saying("merId", "777000000000002")),
        ("in another currency", saying("currencyCode", "840")),
        ("with an amount that is none", saying("txnAmt", "88.00")),
    ]);
    scene.judge((400, b"fail"), lies).await;
}
