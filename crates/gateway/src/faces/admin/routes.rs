//! The routes of the admin face, one line each. Who may call what stands in `access`.

use utoipa_axum::{router::OpenApiRouter, routes};

use super::{acts, alipay, payments};
use crate::app::App;

/// Lists the routes together with their description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(payments::list, payments::create))
        .routes(routes!(payments::get, payments::remark, payments::delete))
        .routes(routes!(payments::of_order))
        .routes(routes!(acts::success))
        .routes(routes!(acts::fail))
        .routes(routes!(acts::refund))
        .routes(routes!(alipay::create))
        .routes(routes!(alipay::query))
        .routes(routes!(alipay::verify))
        .routes(routes!(alipay::refund))
        .routes(routes!(alipay::close))
}
