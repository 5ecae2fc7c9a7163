//! Headers that tell browsers what not to do with our answers.
//!
//! An answer may have set its own cache rule; everything else is the same for all. Only the interactive page may
//! run scripts, its own; the page of payers has a style, and the one that sends them on posts its form.

use axum::{extract::Request, response::Response};
use http::{
    HeaderName, HeaderValue,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

use crate::{going, returning};

const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
const DOCS: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                    frame-ancestors 'none'";
const PAGE: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// For a form that posts itself; the hash is that of its only line of script.
const FORM: &str = "default-src 'none'; script-src 'unsafe-hashes' \
                    'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE='; form-action http: https:; base-uri 'none'; \
                    frame-ancestors 'none'";
const DOCS_PATH: &str = "/docs";

/// Which headers the answer to a request gets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    is_docs: bool,
    is_page: bool,
    is_form: bool,
}

impl Policy {
    /// Finds the headers for a request.
    pub(super) fn of(request: &Request) -> Self {
        let path = request.uri().path();
        Self {
            is_docs: path.starts_with(DOCS_PATH),
            is_page: path == returning::PATH,
            is_form: path.starts_with(going::PREFIX),
        }
    }

    /// Adds the headers to an answer.
    pub(super) fn secure(self, mut response: Response) -> Response {
        let policy = match self {
            Self { is_docs: true, .. } => DOCS,
            Self { is_page: true, .. } => PAGE,
            Self { is_form: true, .. } => FORM,
            _ => NOTHING,
        };
        let fixed: [(HeaderName, &'static str); 4] = [
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            (REFERRER_POLICY, "no-referrer"),
            (CONTENT_SECURITY_POLICY, policy),
        ];
        let headers = response.headers_mut();
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if !self.is_docs {
            headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        }
        response
    }
}
