//! `/health`, `/openapi/dorm.json` and `/docs`.
//!
//! The interactive page is carried inside the program and loads nothing from elsewhere. What is inside of the
//! process (metrics, readiness by part) is on the operations listener alone.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use fault::Fault;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::pulse::Pulse;

const DESCRIPTION_PATH: &str = "/openapi/dorm.json";

/// Serves the pages.
///
/// *Errors*: internal, when the description cannot be written.
pub(crate) fn pages(pulse: Pulse, description: &OpenApi) -> Result<Router, Fault> {
    let description = Bytes::from(serde_json::to_vec(description).map_err(Fault::internal)?);
    let swagger = SwaggerUi::new("/docs").config(Config::from(DESCRIPTION_PATH).try_it_out_enabled(true));
    Ok(Router::new()
        .route("/health", get(health))
        .with_state(pulse)
        .route(DESCRIPTION_PATH, get(move || async move { json_of(description.clone()) }))
        .merge(swagger))
}

/// Says that the gateway lives, and in one word whether everything behind it does. Whether it should get requests is
/// told on the operations listener.
async fn health(State(pulse): State<Pulse>) -> Json<Value> {
    let word = if pulse.status().is_whole() { "ok" } else { "degraded" };
    Json(json!({ "status": word }))
}

fn json_of(body: Bytes) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
