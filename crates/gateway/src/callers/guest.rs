//! Whoever may hear a state that is no secret (contract section 7).

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::Knock;
use crate::{app::App, problem::Problem};

/// Lets a user with a living session pass, and in the development profile everybody without a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guest {
    /// Whether somebody is logged in.
    pub(crate) is_user: bool,
}

impl FromRequestParts<App> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let is_nobody = matches!(parts.extensions.get::<Knock>(), Some(Knock::Nobody) | None);
        if is_nobody && !app.is_production() {
            return Ok(Self { is_user: false });
        }
        super::user(parts).map(|_| Self { is_user: true })
    }
}
