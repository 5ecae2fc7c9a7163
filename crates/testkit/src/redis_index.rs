//! A Redis database index for each test process.
//!
//! Indexes 1 to 15 are claimed in index 0 and emptied. A claim is renewed while the process lives and runs out soon
//! after it. Tests of one process share theirs, so they use ids of their own; channels are shared by all. The rule
//! not to be broken: index 0 is never emptied.

use std::{sync::OnceLock, thread, time::Duration};

use redis::{Client, Connection};

use crate::{Proxy, proxy, server};

const INDEXES: std::ops::RangeInclusive<u8> = 1..=15;
const CLAIM_MS: u32 = 15_000;
const RENEW_EVERY: Duration = Duration::from_secs(3);
const TRIES: u32 = 300;
const PAUSE: Duration = Duration::from_millis(100);

/// Gives the address of this process's own, empty Redis index.
pub fn redis_url() -> String {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(claim).clone()
}

/// Opens a proxy before Redis and gives it with the address of this process's index through it.
pub async fn redis_behind_proxy() -> (Proxy, String) {
    let url = redis_url();
    let Some((scheme, rest)) = url.split_once("://") else { panic!("{url} is no address of Redis") };
    let (authority, index) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, server) = authority.rsplit_once('@').unwrap_or(("", authority));
    let proxy = proxy(server).await;
    let at = if login.is_empty() { "" } else { "@" };
    let through = format!("{scheme}://{login}{at}127.0.0.1:{}/{index}", proxy.port());
    (proxy, through)
}

fn claim() -> String {
    let server = server("TEST_REDIS_URL");
    let server = server.trim_end_matches('/');
    let mut conn = connect(&format!("{server}/0"));
    for _ in 0..TRIES {
        for index in INDEXES {
            let mut claim = redis::cmd("SET");
            let name = format!("testkit:index:{index}");
            claim.arg(&name).arg(std::process::id());
            claim.arg("NX").arg("PX").arg(CLAIM_MS);
            if matches!(claim.query::<Option<String>>(&mut conn), Ok(Some(_))) {
                let url = format!("{server}/{index}");
                if let Err(error) = redis::cmd("FLUSHDB").query::<()>(&mut connect(&url)) {
                    panic!("{url}: {error}");
                }
                thread::spawn(move || renew(&mut conn, &name));
                return url;
            }
        }
        thread::sleep(PAUSE);
    }
    panic!("all indexes of {server} are claimed by other tests");
}

/// Keeps a claim alive until the process ends.
fn renew(conn: &mut Connection, name: &str) {
    loop {
        thread::sleep(RENEW_EVERY);
        if redis::cmd("PEXPIRE").arg(name).arg(CLAIM_MS).query::<()>(conn).is_err() {
            return;
        }
    }
}

fn connect(url: &str) -> Connection {
    match Client::open(url).and_then(|client| client.get_connection()) {
        Ok(conn) => conn,
        Err(error) => panic!("TEST_REDIS_URL: {url}: {error}"),
    }
}
