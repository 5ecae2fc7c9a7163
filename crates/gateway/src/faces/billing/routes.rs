//! The routes of the billing face, one line each, and the two places where they are. Who may call what stands in
//! `access`.

use utoipa_axum::{router::OpenApiRouter, routes};

use super::{orders, payments};
use crate::app::App;

/// The public address (004-P01) and the document's own; the same routes are at both (contract section 3).
const PLACES: [&str; 2] = ["/api/billing", "/billing"];

/// Lists the routes together with their description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    PLACES.iter().fold(OpenApiRouter::default(), |router, place| router.nest(place, at_one_place()))
}

fn at_one_place() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(payments::list, payments::create))
        .routes(routes!(payments::get))
        .routes(routes!(payments::query))
        .routes(routes!(payments::refund))
        .routes(routes!(orders::create))
        .routes(routes!(orders::cancel))
}
