//! The description of the API and its interactive page.

use serde_json::Value;

use super::stage::Stage;

async fn api() -> Value {
    let stage = Stage::new().await;
    stage.get_at(stage.addresses.http, "/openapi/dorm.json").await.json()
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

#[tokio::test(flavor = "multi_thread")]
async fn it_is_openapi_3_1_and_names_the_errors_of_every_route() {
    let api = api().await;
    assert_eq!(api["openapi"], "3.1.0");
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for status in ["200", "400", "429", "500", "503"] {
                assert!(operation["responses"][status].is_object(), "{method} {path} lacks {status}");
            }
            assert!(operation["summary"].is_string(), "{method} {path} lacks a summary");
            let is_open =
                path.ends_with("/register") || path.ends_with("/login") || path.ends_with("/refresh");
            assert_eq!(operation["security"].is_array(), !is_open, "{method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reference_leads_somewhere() {
    let api = api().await;
    let mut found = Vec::new();
    references(&api, &mut found);
    assert!(found.len() > 50);
    for reference in found {
        let place = reference.trim_start_matches('#');
        assert!(api.pointer(place).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_numbers_and_totals_pages_keeps_its_name() {
    let api = api().await;
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
    assert!(start.text.contains("/openapi/dorm.json"), "{}", start.text);
}
