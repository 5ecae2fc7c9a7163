//! The routes of the checkout face, one line each. Who may call what stands in `access`.

use utoipa_axum::{router::OpenApiRouter, routes};

use super::{assets, orders};
use crate::app::App;

/// Lists the routes together with their description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(orders::create))
        .routes(routes!(orders::status))
        .routes(routes!(orders::cancel))
        .routes(routes!(assets::products))
        .routes(routes!(assets::membership))
        .routes(routes!(assets::points))
}
