//! Which web pages may call us: CORS for the faces, the `Origin` check of the sockets.
//!
//! Listed origins may, `*` means every one; in development every page of this machine may too. A socket may also be
//! opened by a page of its own host. Programs that are no browsers send no origin and pass.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header, request::Parts};
use settings::Profile;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember what is allowed.
const REMEMBERED_FOR: std::time::Duration = std::time::Duration::from_mins(10);

/// Knows the origins that may call. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Origins(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    listed: Vec<String>,
    is_development: bool,
}

impl Origins {
    /// Allows the listed origins.
    pub(crate) fn new(listed: &[String], profile: Profile) -> Self {
        let listed = listed.iter().map(|origin| origin.trim_end_matches('/').to_owned()).collect();
        Self(Arc::new(Inner { listed, is_development: !profile.is_production() }))
    }

    /// Tells whether a socket may be opened from where the request comes.
    pub(crate) fn may_open_socket(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return true };
        self.allows(origin) || is_same_host(origin, headers)
    }

    /// Makes the layer that answers browsers.
    pub(crate) fn cors(&self) -> CorsLayer {
        let origins = self.clone();
        let exposed = [
            "x-request-id",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "retry-after",
            "idempotent-replayed",
            "x-cache",
            "x-total-count",
        ];
        CorsLayer::new()
            .allow_origin(AllowOrigin::predicate(move |origin, _: &Parts| origins.allows(origin)))
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers([
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::ACCEPT_LANGUAGE,
                HeaderName::from_static("idempotency-key"),
                HeaderName::from_static("x-request-id"),
                HeaderName::from_static("traceparent"),
            ])
            .expose_headers(exposed.map(HeaderName::from_static))
            .max_age(REMEMBERED_FOR)
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        let is_listed = self.0.listed.iter().any(|listed| listed == "*" || listed == origin);
        is_listed || (self.0.is_development && host_of(origin).is_some_and(|host| is_this_machine(&host)))
    }
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

fn is_same_host(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let asked = asked.and_then(|host| host_of(&format!("http://{host}")));
    let origin = origin.to_str().ok().and_then(host_of);
    origin.is_some() && origin == asked
}

fn host_of(origin: &str) -> Option<String> {
    origin.parse::<Uri>().ok()?.host().map(str::to_ascii_lowercase)
}
