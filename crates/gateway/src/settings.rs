//! The gateway's settings: where it listens, whom it asks, whom it trusts, and its limits.
//!
//! Keys of tokens belong to `identity`, the address of Redis to `ephemeral`, logs to `telemetry`.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use chrono_tz::Tz;
use ipnet::IpNet;
use settings::{Entry, Problems, Profile, Reader, Source, local_url};

/// Holds the gateway's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Development or production.
    pub profile: Profile,
    /// Where the faces listen.
    pub http_addr: SocketAddr,
    /// Where the WebSocket of document 000 listens.
    pub websocket_addr: SocketAddr,
    /// Where metrics and health are served.
    pub operations_addr: SocketAddr,
    /// Where the services are.
    pub services: Services,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins whose pages may call the faces and open sockets; see `layers::origin`.
    pub allowed_origins: Vec<String>,
    /// What there is to know about payments here.
    pub payments: Payments,
    /// Limits of all kinds.
    pub limits: Limits,
    /// The zone in which "today" is meant.
    pub zone: Tz,
    /// Keys of tokens.
    pub identity: identity::Settings,
    /// Redis.
    pub ephemeral: ephemeral::Settings,
}

/// Says where the services are, as `http://host:port`.
#[derive(Clone, Debug)]
pub struct Services {
    /// People, sessions, notifications, uploads.
    pub user: String,
    /// Rooms and events.
    pub room: String,
    /// Expenses and balances.
    pub expense: String,
    /// Bills.
    pub bill: String,
    /// Payments and tasks.
    pub payment: String,
    /// The ledger.
    pub wallet: String,
    /// Risk.
    pub risk: String,
}

/// Holds what the faces of payments need to know.
#[derive(Clone, Debug)]
pub struct Payments {
    /// Hosts to which a payer's browser may be sent; `*.` before one stands for all below it.
    pub return_hosts: Vec<String>,
    /// Whether webhooks may go to private addresses.
    pub allows_private_webhooks: bool,
    /// Who gets the money of outside orders that name no merchant.
    pub merchant_id: i64,
    /// Where the sandbox of the providers is controlled; none in production.
    pub sandbox: Option<String>,
    /// Callbacks a minute from one address.
    pub callbacks_per_minute: u32,
}

/// Holds the limits that operators may move.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests a minute for each user, else for each address (000-L01).
    pub requests_per_minute: u32,
    /// How long one request may take, its services included.
    pub request_timeout: Duration,
    /// Open connections to one listener.
    pub connections_max: usize,
    /// Open sockets of the whole process.
    pub sockets_max: usize,
    /// Open sockets of one user.
    pub sockets_per_user_max: usize,
    /// How long a socket may stay silent before it says who it is.
    pub socket_auth_timeout: Duration,
    /// How often a socket is pinged.
    pub socket_ping_every: Duration,
    /// How often sessions and memberships behind sockets are asked for.
    pub socket_check_every: Duration,
    /// How many frames may wait for a slow reader.
    pub socket_queue_max: usize,
    /// How long the listeners stay open after the readiness went, so that balancers see it.
    pub shutdown_delay: Duration,
    /// How long running requests may take after that.
    pub shutdown_timeout: Duration,
}

impl Settings {
    /// Reads the settings.
    ///
    /// *Errors*: all problems at once, those of keys and Redis too.
    pub fn read(source: &Source) -> Result<Self, Problems> {
        Self::reading(source, &mut source.reader("gateway"))
    }

    /// Gives what is read, masked, for `dormpay doctor`; also where there are problems.
    pub fn entries(source: &Source) -> Vec<Entry> {
        let mut reader = source.reader("gateway");
        let keys = Self::reading(source, &mut reader).map(|settings| settings.identity.entries().to_vec());
        [reader.entries(), &keys.unwrap_or_default(), &ephemeral::Settings::entries(source)].concat()
    }

    fn reading(source: &Source, reader: &mut Reader) -> Result<Self, Problems> {
        let profile = reader.profile();
        let host = if profile.is_production() { "0.0.0.0" } else { "127.0.0.1" };
        let http_addr =
            reader.parse("GATEWAY_HTTP_ADDR", &format!("{host}:4000"), "public HTTP: faces, /ws, /docs");
        let websocket_addr = reader.parse(
            "GATEWAY_WS_ADDR",
            &format!("{host}:3000"),
            "public WebSocket at /, as document 000",
        );
        let operations_addr =
            reader.parse("GATEWAY_OPERATIONS_ADDR", "127.0.0.1:4001", "metrics and health; never public");
        let services = services(reader);
        let trusted_proxies = trusted_proxies(reader);
        let allowed_origins = reader.list(
            "ALLOWED_ORIGINS",
            "",
            "origins of web pages that may call us and open sockets, such as https://dorm.example; * is every one",
        );
        let payments = payments(reader, profile);
        let limits = limits(reader, profile);
        let zone = reader.parse("BUSINESS_TIME_ZONE", "Asia/Shanghai", "zone of days and schedules");
        let mut problems = reader.finish().err().unwrap_or_default();
        let keys = identity::Settings::read(source).map_err(|found| problems.merge(found)).ok();
        let redis = ephemeral::Settings::read(source).map_err(|found| problems.merge(found)).ok();
        match (keys, redis) {
            (Some(identity), Some(ephemeral)) if problems.as_slice().is_empty() => Ok(Self {
                profile,
                http_addr,
                websocket_addr,
                operations_addr,
                services,
                trusted_proxies,
                allowed_origins,
                payments,
                limits,
                zone,
                identity,
                ephemeral,
            }),
            _ => Err(problems),
        }
    }
}

fn services(reader: &mut Reader) -> Services {
    let mut url = |name: &str, default: &str| {
        let url = reader.text(name, default, "where the gateway reaches this service");
        if !url.starts_with("http://") && !url.starts_with("https://") {
            reader.refuse(name, format!("an address such as {default}"));
        }
        url
    };
    Services {
        user: url("USER_SERVICE_URL", "http://127.0.0.1:50051"),
        room: url("ROOM_SERVICE_URL", "http://127.0.0.1:50052"),
        expense: url("EXPENSE_SERVICE_URL", "http://127.0.0.1:50053"),
        bill: url("BILL_SERVICE_URL", "http://127.0.0.1:50054"),
        payment: url("PAYMENT_SERVICE_URL", "http://127.0.0.1:8085"),
        wallet: url("WALLET_SERVICE_URL", "http://127.0.0.1:50056"),
        risk: url("RISK_SERVICE_URL", "http://127.0.0.1:50057"),
    }
}

/// The hosts of this machine and of the documents' examples.
const EXAMPLE_HOSTS: &str =
    "localhost,127.0.0.1,[::1],example.com,*.example.com,your-domain.com,*.your-domain.com";

fn payments(reader: &mut Reader, profile: Profile) -> Payments {
    let is_development = !profile.is_production();
    let hosts = if is_development { EXAMPLE_HOSTS } else { "" };
    Payments {
        return_hosts: reader.list(
            "RETURN_URL_HOSTS",
            hosts,
            "hosts a payer's browser may be sent to (returnUrl), such as app.example.com or *.example.com",
        ),
        allows_private_webhooks: reader.flag(
            "WEBHOOK_ALLOW_PRIVATE",
            is_development,
            "webhooks (notifyUrl) may go to private addresses",
        ),
        merchant_id: reader.parse_within(
            "PLATFORM_MERCHANT_ID",
            "1",
            1..=i64::from(u32::MAX),
            "who gets the money of outside orders that name no merchant",
        ),
        sandbox: is_development.then(|| {
            let addr = reader.parse("SANDBOX_ADDR", "127.0.0.1:4100", "where the provider sandbox listens");
            reader.text("SANDBOX_URL", &local_url(addr), "where the provider sandbox is controlled")
        }),
        callbacks_per_minute: reader.parse_within(
            "CALLBACKS_PER_MINUTE",
            "120000",
            1..=60_000_000,
            "callbacks of payment providers a minute, per address",
        ),
    }
}

fn trusted_proxies(reader: &mut Reader) -> Vec<IpNet> {
    let texts = reader.list(
        "TRUSTED_PROXIES",
        "",
        "networks of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8",
    );
    let nets: Vec<_> = texts.iter().filter_map(|text| network(text)).collect();
    if nets.len() != texts.len() {
        reader.refuse("TRUSTED_PROXIES", "addresses or networks, separated by commas");
    }
    nets
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().map(IpNet::from).ok())
}

fn limits(reader: &mut Reader, profile: Profile) -> Limits {
    let delay = if profile.is_production() { "5" } else { "0" };
    let mut number = |name: &str, default: &str, max: u32, doc: &'static str| -> u32 {
        reader.parse_within(name, default, 1..=max, doc)
    };
    let requests_per_minute =
        number("RATE_LIMIT_PER_MINUTE", "100", 1_000_000, "requests a minute per user, else per address");
    let connections = number("GATEWAY_CONNECTIONS_MAX", "4096", 1_000_000, "open connections per listener");
    let sockets = number("LIVE_SOCKETS_MAX", "2000", 1_000_000, "open WebSockets of this process");
    let per_user = number("LIVE_SOCKETS_PER_USER_MAX", "20", 10_000, "open WebSockets of one user");
    let queue = number("LIVE_QUEUE_MAX", "256", 100_000, "frames that may wait for a slow reader");
    let mut millis = |name: &str, default: &str, max: u64, doc: &'static str| -> Duration {
        Duration::from_millis(reader.parse_within(name, default, 1..=max, doc))
    };
    let request_timeout = millis("REQUEST_TIMEOUT_MS", "3000", 60_000, "time of one request, milliseconds");
    let auth = millis("LIVE_AUTH_TIMEOUT_MS", "10000", 600_000, "time until a socket must say who it is");
    let ping = millis("LIVE_PING_EVERY_MS", "30000", 600_000, "time between two pings of a socket");
    let check =
        millis("LIVE_CHECK_EVERY_MS", "400", 1_000, "time between two checks of sessions and members");
    let drain = millis("SHUTDOWN_TIMEOUT_MS", "15000", 600_000, "time for running requests at the end");
    let delay_seconds: u64 =
        reader.parse_within("SHUTDOWN_DELAY_SECONDS", delay, 0..=600, "time between unready and closed");
    Limits {
        requests_per_minute,
        request_timeout,
        connections_max: count(connections),
        sockets_max: count(sockets),
        sockets_per_user_max: count(per_user),
        socket_auth_timeout: auth,
        socket_ping_every: ping,
        socket_check_every: check,
        socket_queue_max: count(queue),
        shutdown_delay: Duration::from_secs(delay_seconds),
        shutdown_timeout: drain,
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
