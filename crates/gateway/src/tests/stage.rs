//! A whole gateway on real sockets with fakes behind it, and the words in which tests talk to it.

use std::{net::SocketAddr, sync::Once};

use ::settings::Profile;
use clock::Clock;
use ephemeral::Redis;
use identity::testing::Keys;
use prost::Message as _;
use proto::event::v1::Event;
use reqwest::{Client, Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::fakes::Fakes;
use crate::{
    gateway::{Addresses, Gateway},
    settings::{Payments, Settings},
};

pub(crate) struct Stage {
    pub(crate) fakes: Fakes,
    pub(crate) keys: Keys,
    pub(crate) addresses: Addresses,
    pub(crate) stop: CancellationToken,
    redis: Redis,
    client: Client,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Gives the code of a refusal, in whatever envelope.
    pub(crate) fn code(&self) -> String {
        let body = self.json();
        let code = body.get("responseCode").or(body.get("code"));
        code.and_then(Value::as_str).unwrap_or_else(|| panic!("no code: {}", self.text)).to_owned()
    }

    /// Claims a refusal with its code and detail, in the envelope of the dorm face.
    pub(crate) fn is_refused(&self, status: u16, code: &str, detail: &str) {
        let body = self.json();
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(body["success"], false, "{}", self.text);
        assert_eq!(body["code"], code, "{}", self.text);
        assert_eq!(body["error"], detail, "{}", self.text);
    }

    /// Claims a refusal with its code and message, in the envelope of the payments face, letter by letter.
    pub(crate) fn is_refused_in_payments(&self, status: u16, code: &str, message: &str) {
        let message = Value::from(message);
        let expected =
            format!(r#"{{"success":false,"responseCode":"{code}","responseMessage":{message},"data":null}}"#);
        assert_eq!((self.status, self.text.as_str()), (status, expected.as_str()));
    }
}

impl Reply {
    /// Claims a refusal with its number and message, in the envelope of the admin face, letter by letter.
    pub(crate) fn is_refused_in_admin(&self, status: u16, number: u16, message: &str) {
        let message = Value::from(message);
        let expected = format!(r#"{{"code":{number},"message":{message},"data":null}}"#);
        assert_eq!((self.status, self.text.as_str()), (status, expected.as_str()));
    }

    /// Claims a refusal with its message, in the envelope of the checkout face, letter by letter.
    pub(crate) fn is_refused_in_checkout(&self, status: u16, message: &str) {
        let message = Value::from(message);
        let expected = format!(r#"{{"code":{status},"msg":{message},"data":null}}"#);
        assert_eq!((self.status, self.text.as_str()), (status, expected.as_str()));
    }

    /// Claims a refusal with its code and message, in the envelope of the billing face.
    pub(crate) fn is_refused_in_billing(&self, status: u16, code: &str, message: &str) {
        let body = self.json();
        let told = (body["statusCode"].as_u64(), body["code"].as_str(), body["message"].as_str());
        assert_eq!((self.status, told), (status, (Some(status.into()), Some(code), Some(message))));
        assert!(body["error"].is_string(), "{}", self.text);
    }
}

impl Stage {
    /// Sets up a gateway that lets everything through.
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// Sets up a gateway with more settings.
    pub(crate) async fn with(pairs: &[(&str, &str)]) -> Self {
        Self::changed(pairs, |settings| settings).await
    }

    /// Sets up a gateway that has no provider sandbox, as in production.
    pub(crate) async fn without_sandbox() -> Self {
        let without = |settings: Settings| {
            let payments = Payments { sandbox: None, ..settings.payments };
            Settings { payments, ..settings }
        };
        Self::changed(&[], without).await
    }

    /// Sets up a gateway in the production profile.
    pub(crate) async fn in_production() -> Self {
        Self::changed(&[], |settings| Settings { profile: Profile::Production, ..settings }).await
    }

    async fn changed(pairs: &[(&str, &str)], change: fn(Settings) -> Settings) -> Self {
        testkit::trace();
        let fakes = Fakes::start().await;
        let clock = Clock::system();
        let keys = Keys::new(&clock);
        let settings = change(settings(&fakes, &keys, pairs));
        let redis = Redis::connect(&settings.ephemeral, clock.clone());
        let gateway = Gateway::bind(&settings, clock).await.unwrap();
        let addresses = gateway.addresses().unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(gateway.serve(stop.clone()));
        Self { fakes, keys, addresses, stop, redis, client: client() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addresses.http)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// Asks the public listener in the name of user 1.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path).header("authorization", self.keys.user(1))).await
    }

    /// Asks another listener without a token.
    pub(crate) async fn get_at(&self, address: SocketAddr, path: &str) -> Reply {
        send(self.client.get(format!("http://{address}{path}"))).await
    }

    /// Posts JSON in the name of user 1.
    pub(crate) async fn post(&self, path: &str, body: &str) -> Reply {
        self.json(Method::POST, path, body).await
    }

    /// Sends JSON in the name of user 1.
    pub(crate) async fn json(&self, method: Method, path: &str, body: &str) -> Reply {
        let request = self.request(method, path).header("authorization", self.keys.user(1));
        send(request.header("content-type", "application/json").body(body.to_owned())).await
    }

    /// Waits until the gateway has seen all services.
    pub(crate) async fn becomes_ready(&self) {
        for _ in 0..100 {
            if self.get_at(self.addresses.operations, "/health/ready").await.status == 200 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the gateway did not become ready");
    }

    /// Publishes an event of a room as the room service does.
    pub(crate) async fn publish(&self, event: &Event) {
        let channel = if event.room_id == 0 {
            format!("user:{}", event.user_id)
        } else {
            format!("room:{}", event.room_id)
        };
        self.redis.publish(&channel, event.encode_to_vec()).await.unwrap();
    }

    /// Appends an event and publishes it.
    pub(crate) async fn happen(&self, event: Event) -> Event {
        let event = self.fakes.append(event);
        self.publish(&event).await;
        event
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Reply { status, headers, text: response.text().await.unwrap() }
}

fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().unwrap();
    });
    Client::builder().no_proxy().build().unwrap()
}

/// Settings of a gateway in front of the fakes; later pairs win.
pub(crate) fn settings(fakes: &Fakes, keys: &Keys, pairs: &[(&str, &str)]) -> Settings {
    let url = fakes.url();
    let data_dir = std::env::temp_dir().join("dormpay-gateway-tests");
    let mut all = vec![
        ("DORMPAY_DATA_DIR".to_owned(), data_dir.display().to_string()),
        ("REDIS_URL".to_owned(), testkit::redis_url()),
        ("RATE_LIMIT_PER_MINUTE".to_owned(), "1000000".to_owned()),
        ("SHUTDOWN_TIMEOUT_MS".to_owned(), "1000".to_owned()),
    ];
    all.extend(
        ["GATEWAY_HTTP_ADDR", "GATEWAY_WS_ADDR", "GATEWAY_OPERATIONS_ADDR"]
            .map(|name| (name.to_owned(), "127.0.0.1:0".to_owned())),
    );
    all.extend(
        ["USER", "ROOM", "EXPENSE", "BILL", "PAYMENT", "WALLET", "RISK"]
            .map(|name| (format!("{name}_SERVICE_URL"), url.clone())),
    );
    all.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let source = settings::Source::from_pairs(all);
    Settings { identity: keys.settings(), ..Settings::read(&source).unwrap() }
}
