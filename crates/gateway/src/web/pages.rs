//! `/health`, `/openapi/<face>.json` and `/docs`.
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
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

use super::About;
use crate::pulse::Pulse;

/// A face and its description.
pub(crate) type Described = (&'static About, OpenApi);

/// Serves the pages. The interactive page offers the faces in their order.
///
/// *Errors*: internal, when a description cannot be written.
pub(crate) fn pages(pulse: Pulse, faces: &[Described]) -> Result<Router, Fault> {
    let mut router = Router::new().route("/health", get(health)).with_state(pulse);
    for (about, description) in faces {
        let body = Bytes::from(serde_json::to_vec(description).map_err(Fault::internal)?);
        router = router.route(about.path, get(move || async move { json_of(body.clone()) }));
    }
    let urls = faces.iter().map(|(about, _)| Url::new(about.name, about.path));
    let swagger = SwaggerUi::new("/docs").config(Config::new(urls).try_it_out_enabled(true));
    Ok(router.merge(swagger))
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
