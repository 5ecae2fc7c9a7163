//! The routes of the payments face, one line each. Who may call what stands in `access`.

use utoipa_axum::{router::OpenApiRouter, routes};

use super::{accounts, attempts, mocks, passwords, recharges, refunds, wallets, withdrawals};
use crate::app::App;

/// Lists the routes together with their description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(attempts::create))
        .routes(routes!(attempts::query))
        .routes(routes!(attempts::get))
        .routes(routes!(attempts::cancel))
        .routes(routes!(refunds::create))
        .routes(routes!(refunds::query))
        .routes(routes!(refunds::get))
        .routes(routes!(recharges::recharge))
        .routes(routes!(wallets::balance))
        .routes(routes!(withdrawals::withdraw))
        .routes(routes!(wallets::transfer))
        .routes(routes!(wallets::transactions))
        .routes(routes!(passwords::public_key))
        .routes(routes!(passwords::get, passwords::set))
        .routes(routes!(passwords::reset))
        .routes(routes!(accounts::freeze))
        .routes(routes!(accounts::unfreeze))
}

/// Lists the routes that exist beside a sandbox alone.
pub(crate) fn sandbox_routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(mocks::succeed))
}
