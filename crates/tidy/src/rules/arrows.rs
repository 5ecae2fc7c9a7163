//! Who may depend on whom (`crates/README.md`). Cargo holds what is declared; this holds what may be declared.

use std::{collections::BTreeMap, fs};

use super::assert_none;
use crate::tree::{self, SERVICES};

const VOCABULARY: [&str; 3] = ["money", "clock", "fault"];

/// The runtime dependencies each crate declares.
fn declared() -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(tree::root().join("crates")).unwrap() {
        let manifest = entry.unwrap().path().join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&manifest) else { continue };
        let table: toml::Table = text.parse().unwrap();
        let name = table["package"]["name"].as_str().unwrap().to_owned();
        let names = |section: &str| {
            table.get(section).and_then(toml::Value::as_table).map(|t| t.keys().cloned().collect::<Vec<_>>())
        };
        all.insert(name, names("dependencies").unwrap_or_default());
    }
    assert!(all.len() > 15, "the crates were not found");
    all
}

fn offences(rule: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (name, dependencies) in declared() {
        for dependency in dependencies {
            if rule(&name, &dependency) {
                found.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    found
}

#[test]
fn services_never_import_each_other() {
    let broken = |name: &str, dependency: &str| SERVICES.contains(&name) && SERVICES.contains(&dependency);
    assert_none("services meet only in their contracts", &offences(broken));
}

#[test]
fn the_gateway_has_no_database_and_no_service() {
    let broken = |name: &str, dependency: &str| {
        name == "gateway" && (["durable", "sqlx"].contains(&dependency) || SERVICES.contains(&dependency))
    };
    assert_none("the gateway speaks gRPC and Redis only", &offences(broken));
}

#[test]
fn redis_is_named_only_in_ephemeral() {
    let allowed = ["ephemeral", "testkit", "bench"];
    let broken = |name: &str, dependency: &str| {
        ["redis", "deadpool-redis"].contains(&dependency) && !allowed.contains(&name)
    };
    assert_none("redis belongs to ephemeral", &offences(broken));
}

#[test]
fn sqlx_is_named_only_where_a_database_is() {
    let allowed = |name: &str| SERVICES.contains(&name) || ["durable", "testkit", "bench"].contains(&name);
    let broken = |name: &str, dependency: &str| dependency == "sqlx" && !allowed(name);
    assert_none("sqlx belongs to services, durable and testkit", &offences(broken));
}

#[test]
fn http_servers_stand_only_at_the_edge() {
    let allowed = ["gateway", "sandbox", "telemetry", "bench"];
    let broken = |name: &str, dependency: &str| dependency == "axum" && !allowed.contains(&name);
    assert_none("axum belongs to the gateway, the sandbox and the operations listener", &offences(broken));
}

#[test]
fn vocabulary_does_no_input_or_output() {
    let io =
        ["tokio", "sqlx", "redis", "axum", "reqwest", "settings", "telemetry", "durable", "ephemeral", "rpc"];
    let broken = |name: &str, dependency: &str| VOCABULARY.contains(&name) && io.contains(&dependency);
    assert_none("money, clock and fault do no I/O", &offences(broken));
}

#[test]
fn only_the_program_knows_the_services() {
    let allowed = |name: &str| ["dormpay", "e2e", "bench"].contains(&name) || SERVICES.contains(&name);
    let broken = |name: &str, dependency: &str| SERVICES.contains(&dependency) && !allowed(name);
    assert_none("nobody but the program imports a service", &offences(broken));
}
