//! The routes of the billing face, one line each. Who may call what stands in `access`.

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Lists the routes together with their description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
}
