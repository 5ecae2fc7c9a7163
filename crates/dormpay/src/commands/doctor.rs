//! Shows every setting and checks what they lead to: keys, databases, Redis, peers (contract section 12).
//!
//! One line a finding; the exit status says whether all is well. Secrets are masked by whoever reads them.

use std::{collections::BTreeMap, net::SocketAddr, process::ExitCode, time::Duration};

use anyhow::Result;
use clock::Clock;
use durable::Database;
use settings::{Entry, Source};
use tokio::{net::TcpStream, time::timeout};

use crate::roles::{Role, of_source};

const CONNECT_SECONDS_MAX: u64 = 2;

/// What was checked and how it went; the text says what is wrong.
struct Finding {
    what: String,
    outcome: Result<String, String>,
}

/// Prints settings and findings. Success only if nothing is wrong.
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
pub(crate) async fn run(only: Option<Role>, source: &Source) -> Result<ExitCode> {
    let all = of_source(source).into_iter();
    let roles: Vec<_> = all.filter(|role| only.is_none_or(|only| only == *role)).collect();
    println!("settings ({}):", source.profile().as_str());
    for (name, entry) in entries(&roles, source) {
        println!("  {name:<32} {:<44} {:<12} {}", entry.value, entry.source, entry.doc);
    }
    println!("checks:");
    let mut is_well = true;
    for finding in findings(&roles, source).await {
        let (mark, text) = match &finding.outcome {
            Ok(text) => ("ok  ", text),
            Err(text) => ("FAIL", text),
        };
        is_well &= finding.outcome.is_ok();
        println!("  {mark} {:<24} {text}", finding.what);
    }
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every variable once, by name.
fn entries(roles: &[Role], source: &Source) -> BTreeMap<String, Entry> {
    let of_roles = roles.iter().flat_map(|role| role.entries(source));
    of_roles.chain(telemetry::Settings::entries(source)).map(|entry| (entry.name.clone(), entry)).collect()
}

async fn findings(roles: &[Role], source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for role in roles {
        if let Err(problems) = role.ready(source) {
            let problems = problems.as_slice().iter();
            found.extend(problems.map(|problem| finding(role.name(), Err(problem.to_string()))));
        }
    }
    found.push(finding("keys", keys(source)));
    found.push(finding("redis", redis(source).await));
    for role in roles.iter().filter(|role| role.migrations().is_some()) {
        found.push(finding(format!("database {}", role.name()), database(*role, source).await));
    }
    for (name, url) in peers(source) {
        found.push(finding(format!("peer {name}"), reach(&url).await));
    }
    found
}

fn finding(what: impl Into<String>, outcome: Result<String, String>) -> Finding {
    Finding { what: what.into(), outcome }
}

/// Signs with the key that services sign with and verifies what it signed.
fn keys(source: &Source) -> Result<String, String> {
    let clock = Clock::system();
    let settings = identity::Settings::read(source).map_err(|problems| problems.to_string())?;
    let signer = settings.signer("gateway", clock.clone()).map_err(|fault| super::whole(&fault))?;
    let header = rpc::Credentials::authorization(signer.as_ref());
    let token = header.strip_prefix("Bearer ").unwrap_or(&header);
    let verified = settings.verifier(clock).verify_service(token);
    verified.map(|name| format!("signed as {name} and verified")).map_err(|fault| super::whole(&fault))
}

async fn redis(source: &Source) -> Result<String, String> {
    let settings = ephemeral::Settings::read(source).map_err(|problems| problems.to_string())?;
    let redis = ephemeral::Redis::connect(&settings, Clock::system());
    if redis.health().await {
        Ok("answers".to_owned())
    } else {
        Err("does not answer; is REDIS_URL right?".to_owned())
    }
}

async fn database(role: Role, source: &Source) -> Result<String, String> {
    let settings = durable::Settings::read(source, role.name()).map_err(|problems| problems.to_string())?;
    let db = Database::connect(&settings, Clock::system()).await.map_err(|fault| super::whole(&fault))?;
    let health = db.health().await;
    db.close().await;
    if health.is_ready {
        Ok(health.detail)
    } else {
        Err(format!("{}; has `dormpay migrate` run?", health.detail))
    }
}

fn peers(source: &Source) -> Vec<(&'static str, String)> {
    let mut reader = source.reader("peers");
    host::Peer::ALL.map(|peer| (peer.name(), peer.url(&mut reader))).into()
}

/// Whether somebody listens there. A service that is not started is no fault of the settings, but worth a line.
async fn reach(url: &str) -> Result<String, String> {
    let address = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/').to_owned();
    let connected = timeout(Duration::from_secs(CONNECT_SECONDS_MAX), TcpStream::connect(&address)).await;
    match connected {
        Ok(Ok(stream)) => Ok(stream.peer_addr().map_or(address, |peer: SocketAddr| peer.to_string())),
        Ok(Err(error)) => Err(format!("{address}: {error}")),
        Err(_) => Err(format!("{address}: no answer in {CONNECT_SECONDS_MAX} s")),
    }
}
