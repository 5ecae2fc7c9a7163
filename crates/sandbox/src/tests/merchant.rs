//! The merchant's side: signs requests, verifies answers and notifications with what `sandbox.env` says.

use std::{collections::BTreeMap, fs, path::Path};

use reqwest::Method;
use serde_json::{Value, json};
use wire::{
    Error, Params,
    alipay::{self, Answer},
    keys::{Certificate, PrivateKey, PublicKey},
    unionpay::{self, Signer, Trust},
    wechat::{self, ApiKey, Notification, SignedHeaders},
};

use super::{Stage, stage::Got};
use crate::beijing;

/// How a merchant trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Key,
    Certificate,
}

/// A merchant that read `sandbox.env`.
pub(super) struct Merchant {
    env: BTreeMap<String, String>,
    pub(super) mode: Mode,
}

/// What the gateway of Alipay answered.
pub(super) struct Answered {
    pub(super) content: Value,
    pub(super) verified: Result<(), Error>,
    pub(super) text: String,
}

impl Merchant {
    pub(super) fn new(stage: &Stage, mode: Mode) -> Self {
        let text = fs::read_to_string(stage.folder().join("sandbox.env")).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let env = lines.filter_map(|line| {
            let (name, value) = line.split_once('=')?;
            Some((name.to_owned(), value.trim_matches('"').to_owned()))
        });
        Self { env: env.collect(), mode }
    }

    pub(super) fn of(&self, name: &str) -> &str {
        &self.env[name]
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(Path::new(self.of(name))).unwrap()
    }

    fn certificate(&self, name: &str) -> Certificate {
        Certificate::read(&self.file(name)).unwrap()
    }

    fn key(&self, name: &str) -> PrivateKey {
        PrivateKey::read(self.of(name)).unwrap()
    }

    pub(super) fn alipay_keys(&self) -> alipay::Keys {
        match self.mode {
            Mode::Key => alipay::Keys::of_key(PublicKey::read(self.of("ALIPAY_PUBLIC_KEY")).unwrap()),
            Mode::Certificate => {
                let (own, roots) = (self.file("ALIPAY_PUBLIC_CERT"), self.file("ALIPAY_ROOT_CERT"));
                alipay::Keys::of_certificate(&own, &roots).unwrap()
            }
        }
    }

    /// Gives the signed parameters of a call to Alipay.
    pub(super) fn alipay_params(
        &self,
        stage: &Stage,
        method: &str,
        more: &[(&str, &str)],
        biz: &Value,
    ) -> Params {
        let mut all: Params = [
            ("app_id", self.of("ALIPAY_APP_ID").to_owned()),
            ("method", method.to_owned()),
            ("format", "JSON".to_owned()),
            ("charset", "utf-8".to_owned()),
            ("timestamp", beijing::spaced(stage.clock.now())),
            ("version", "1.0".to_owned()),
            ("biz_content", biz.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        if self.mode == Mode::Certificate {
            let serial = alipay::certificate_serial(&self.certificate("ALIPAY_APP_CERT"));
            all.insert("app_cert_sn".to_owned(), serial);
            let roots = alipay::root_serial(&self.file("ALIPAY_ROOT_CERT")).unwrap();
            all.insert("alipay_root_cert_sn".to_owned(), roots);
        }
        all.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        alipay::sign(&mut all, &self.key("ALIPAY_PRIVATE_KEY")).unwrap();
        all
    }

    /// Calls Alipay as the official SDKs do: `biz_content` in the body, all else in the query.
    pub(super) async fn alipay(&self, stage: &Stage, method: &str, biz: Value) -> Answered {
        self.alipay_with(stage, method, &[], biz).await
    }

    pub(super) async fn alipay_with(
        &self,
        stage: &Stage,
        method: &str,
        more: &[(&str, &str)],
        biz: Value,
    ) -> Answered {
        let mut query = self.alipay_params(stage, method, more, &biz);
        let content = query.remove("biz_content").unwrap();
        let body = alipay::order_string(&Params::from([("biz_content".to_owned(), content)]));
        let (status, text) = stage.post(&alipay::url(self.of("ALIPAY_GATEWAY"), &query), body).await;
        assert_eq!(status, 200, "{text}");
        self.read_alipay(method, text)
    }

    pub(super) fn read_alipay(&self, method: &str, text: String) -> Answered {
        let answer = Answer::read(text.as_bytes(), method).unwrap();
        let content = serde_json::from_str(answer.content).unwrap();
        let verified = answer.verify(&self.alipay_keys());
        Answered { content, verified, text }
    }

    /// Calls WeChat Pay; a success must verify.
    pub(super) async fn wechat(
        &self,
        stage: &Stage,
        method: Method,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let header = self.wechat_authorization(stage, &method, path, &body);
        let (status, headers, body) = self.wechat_raw(stage, (method, path), &header, body).await;
        if (200..300).contains(&status) {
            let read =
                SignedHeaders::read(|name| headers.get(name).and_then(|value| value.to_str().ok())).unwrap();
            let now = stage.clock.now().timestamp();
            wechat::verify(&read, &body, &self.wechat_keys(stage), now).unwrap();
        } else {
            assert!(!headers.contains_key("wechatpay-signature"), "errors are not signed");
        }
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    pub(super) fn wechat_authorization(
        &self,
        stage: &Stage,
        method: &Method,
        path: &str,
        body: &[u8],
    ) -> String {
        let (now, nonce) = (stage.clock.now().timestamp(), stage.clock.code(32));
        let message = wechat::request_message(method.as_str(), path, now, &nonce, body);
        let key = self.key("WECHAT_PAY_PRIVATE_KEY");
        let (mch, serial) = (self.of("WECHAT_PAY_MCH_ID"), self.of("WECHAT_PAY_SERIAL_NO"));
        wechat::authorization(&key, mch, serial, (now, &nonce), &message).unwrap()
    }

    pub(super) async fn wechat_raw(
        &self,
        stage: &Stage,
        (method, path): (Method, &str),
        authorization: &str,
        body: Vec<u8>,
    ) -> (u16, http::HeaderMap, Vec<u8>) {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.of("WECHAT_PAY_BASE_URL"))
        };
        let mut request = stage.client.request(method, url).header("Accept", "application/json");
        if !authorization.is_empty() {
            request = request.header("Authorization", authorization);
        }
        if self.mode == Mode::Key {
            request = request.header("Wechatpay-Serial", self.of("WECHAT_PAY_PUBLIC_KEY_ID"));
        }
        let answer = request.body(body).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        (status, headers, answer.bytes().await.unwrap().to_vec())
    }

    fn wechat_keys(&self, stage: &Stage) -> wechat::Keys {
        match self.mode {
            Mode::Key => {
                let key = PublicKey::read(self.of("WECHAT_PAY_PUBLIC_KEY")).unwrap();
                wechat::Keys::default().with_public_key(self.of("WECHAT_PAY_PUBLIC_KEY_ID"), key).unwrap()
            }
            Mode::Certificate => {
                let mut keys = wechat::Keys::default();
                keys.add_certificate(&stage.desk.keys.wechat_certificate).unwrap();
                keys
            }
        }
    }

    pub(super) fn api_key(&self) -> ApiKey {
        ApiKey::read(self.of("WECHAT_PAY_API_V3_KEY")).unwrap()
    }

    pub(super) fn read_wechat(&self, stage: &Stage, got: &Got) -> Result<(Notification, Value), Error> {
        let headers =
            SignedHeaders::read(|name| got.headers.get(name).and_then(|value| value.to_str().ok()))?;
        let (keys, now) = (self.wechat_keys(stage), stage.clock.now().timestamp());
        let read = wechat::read_notification(&headers, &got.body, &keys, &self.api_key(), now)?;
        let plain = serde_json::from_slice(&read.plaintext).unwrap();
        Ok((read, plain))
    }

    /// An order for WeChat Pay.
    pub(super) fn order(&self, number: &str, fen: i64, notify_url: &str) -> Value {
        json!({
            "appid": self.of("WECHAT_PAY_APP_ID"),
            "mchid": self.of("WECHAT_PAY_MCH_ID"),
            "description": "五月电费",
            "out_trade_no": number,
            "notify_url": notify_url,
            "attach": "room=301",
            "amount": { "total": fen, "currency": "CNY" },
        })
    }

    /// Signs a message to UnionPay.
    pub(super) fn unionpay_params(&self, stage: &Stage, kinds: [&str; 3], more: &[(&str, &str)]) -> Params {
        let mut all: Params = [
            ("encoding", "UTF-8"),
            ("txnType", kinds[0]),
            ("txnSubType", kinds[1]),
            ("bizType", kinds[2]),
            ("accessType", "0"),
            ("channelType", "07"),
            ("merId", self.of("UNIONPAY_MERCHANT_ID")),
            ("txnTime", &beijing::compact(stage.clock.now())),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        all.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let signer =
            Signer::new(self.key("UNIONPAY_PRIVATE_KEY"), self.certificate("UNIONPAY_CERT")).unwrap();
        signer.sign_request(&mut all).unwrap();
        all
    }

    /// Calls UnionPay; every answer must verify.
    pub(super) async fn unionpay(&self, stage: &Stage, path: &str, params: &Params) -> Params {
        let (status, body) = stage.post(path, unionpay::write_form(params)).await;
        assert_eq!(status, 200, "{body}");
        let answer = unionpay::read_answer(body.as_bytes()).unwrap();
        unionpay::verify(&answer, &self.unionpay_trust(), stage.clock.now().timestamp()).unwrap();
        answer
    }

    pub(super) fn read_unionpay(&self, stage: &Stage, body: &[u8]) -> Result<Params, Error> {
        let params = unionpay::read_form(body)?;
        unionpay::verify(&params, &self.unionpay_trust(), stage.clock.now().timestamp())?;
        Ok(params)
    }

    fn unionpay_trust(&self) -> Trust {
        Trust::read(&self.file("UNIONPAY_ROOT_CERT"), false).unwrap()
    }
}
