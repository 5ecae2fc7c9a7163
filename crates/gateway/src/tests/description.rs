//! The description of the API and its interactive page.

use serde_json::Value;

use super::stage::Stage;
use crate::faces::Face;

async fn api(face: &str) -> Value {
    let stage = Stage::new().await;
    stage.get_at(stage.addresses.http, &format!("/openapi/{face}.json")).await.json()
}

/// Collects every `$ref` below a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                found.push(reference.clone());
            }
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Providers are answered as they want it.
fn is_a_providers(path: &str) -> bool {
    path.contains("/notify") || path.ends_with("/callback")
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_stand_in_the_description_of_their_face() {
    for (face, path) in [
        ("payments", "/api/v1/payments/notify/{channel}"),
        ("payments", "/api/v1/payments/refund/notify/{channel}"),
        ("checkout", "/api/v1/payment/wechat/callback"),
        ("admin", "/api/v1/payment/alipay/notify"),
        ("billing", "/api/billing/payments/notify/alipay"),
    ] {
        let api = api(face).await;
        let operation = &api["paths"][path]["post"];
        assert!(
            operation["summary"].is_string() && operation.get("security").is_none(),
            "{path}: {operation}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_openapi_3_1_and_names_the_errors_of_every_route() {
    const OPEN: [&str; 4] = ["/register", "/login", "/refresh", "/public-key"];
    for face in ["dorm", "payments", "admin", "checkout", "billing"] {
        let api = api(face).await;
        assert_eq!(api["openapi"], "3.1.0");
        let paths = api["paths"].as_object().unwrap();
        for (path, item) in paths.iter().filter(|(path, _)| !is_a_providers(path)) {
            for (method, operation) in item.as_object().unwrap() {
                for status in ["200", "400", "429", "500", "503"] {
                    assert!(operation["responses"][status].is_object(), "{method} {path} lacks {status}");
                }
                assert!(operation["summary"].is_string(), "{method} {path} lacks a summary");
                let is_open = OPEN.iter().any(|end| path.ends_with(end));
                assert_eq!(operation["security"].is_array(), !is_open, "{method} {path}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reference_leads_somewhere() {
    for (face, at_least) in [("dorm", 50), ("payments", 40), ("admin", 20), ("checkout", 20), ("billing", 20)]
    {
        let api = api(face).await;
        let mut found = Vec::new();
        references(&api, &mut found);
        assert!(found.len() > at_least, "{face} has {}", found.len());
        for reference in found {
            let place = reference.trim_start_matches('#');
            assert!(api.pointer(place).is_some(), "{reference} leads nowhere");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_described_in_the_envelope_of_their_face() {
    for (face, field) in [
        ("dorm", "error"),
        ("payments", "responseMessage"),
        ("admin", "message"),
        ("checkout", "msg"),
        ("billing", "statusCode"),
    ] {
        let api = api(face).await;
        let paths = api["paths"].as_object().unwrap();
        let operation = paths.values().find_map(|item| item.get("get")).unwrap();
        let schema = &operation["responses"]["400"]["content"]["application/json"]["schema"];
        let place = schema["$ref"].as_str().unwrap().trim_start_matches('#');
        assert!(api.pointer(place).unwrap()["properties"][field].is_object(), "{face}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_of_a_description_belongs_to_its_face() {
    for (name, face) in [
        ("dorm", Face::Dorm),
        ("payments", Face::Payments),
        ("admin", Face::Admin),
        ("checkout", Face::Checkout),
        ("billing", Face::Billing),
    ] {
        for path in api(name).await["paths"].as_object().unwrap().keys() {
            assert_eq!(Face::of_path(path), face, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_numbers_and_totals_pages_keeps_its_name() {
    let api = api("dorm").await;
    let schemas = &api["components"]["schemas"];
    assert_eq!(schemas["Expense"]["properties"]["amount"]["type"], "number");
    assert!(schemas["Pagination"]["properties"]["totalPages"].is_object());
    assert!(schemas["NewExpense"]["required"].as_array().unwrap().contains(&Value::from("split_type")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interactive_page_loads_nothing_from_elsewhere() {
    let stage = Stage::new().await;
    let page = stage.get_at(stage.addresses.http, "/docs/").await;
    assert_eq!(page.status, 200);
    for attribute in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
        assert!(!page.text.contains(attribute), "{}", page.text);
    }
    for file in [
        "swagger-ui-bundle.js",
        "swagger-ui.css",
        "swagger-initializer.js",
        "swagger-ui-standalone-preset.js",
    ] {
        let reply = stage.get_at(stage.addresses.http, &format!("/docs/{file}")).await;
        assert_eq!(reply.status, 200, "{file}");
    }
    let start = stage.get_at(stage.addresses.http, "/docs/swagger-initializer.js").await;
    for face in ["dorm", "payments", "admin", "checkout", "billing"] {
        assert!(start.text.contains(&format!("/openapi/{face}.json")), "{}", start.text);
    }
}
