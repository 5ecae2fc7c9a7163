//! The routes of the dorm face, one line each. Who may call what stands in `access`.

use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt as _},
    routes,
};

use super::{
    admin, auth, balances, bills, disputes, expenses, imports, members, notifications, pay, refunds, rooms,
    settlements, stats, tasks, uploads, users,
};
use crate::{
    app::App,
    extract::{BATCH_BYTES_MAX, BodyBytesMax, UPLOAD_BYTES_MAX},
};

/// What a form may hold beside its file.
const FORM_BYTES_MAX: usize = UPLOAD_BYTES_MAX + 256 * 1024;

/// Lists the routes together with their description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    let batch = axum::Extension(BodyBytesMax(BATCH_BYTES_MAX));
    let form = || axum::extract::DefaultBodyLimit::max(FORM_BYTES_MAX);
    OpenApiRouter::default()
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(users::me, users::update_me))
        .routes(routes!(users::change_password))
        .routes(routes!(users::search))
        .routes(routes!(rooms::list, rooms::create))
        .routes(routes!(rooms::join))
        .routes(routes!(rooms::get, rooms::update, rooms::delete))
        .routes(routes!(rooms::transfer))
        .routes(routes!(members::invite))
        .routes(routes!(members::add))
        .routes(routes!(members::set_role, members::remove))
        .routes(routes!(expenses::list, expenses::create))
        .routes(routes!(expenses::create_batch).layer(batch))
        .routes(routes!(expenses::get, expenses::update, expenses::delete))
        .routes(routes!(expenses::history))
        .routes(routes!(expenses::confirm_split))
        .routes(routes!(disputes::open_on_expense))
        .routes(routes!(disputes::open_on_bill))
        .routes(routes!(disputes::list))
        .routes(routes!(disputes::resolve))
        .routes(routes!(balances::balances))
        .routes(routes!(balances::plan))
        .routes(routes!(balances::explain))
        .routes(routes!(settlements::list, settlements::record))
        .routes(routes!(settlements::delete))
        .routes(routes!(imports::import).layer(form()))
        .routes(routes!(bills::list, bills::create))
        .routes(routes!(bills::user_stats))
        .routes(routes!(bills::get, bills::resubmit))
        .routes(routes!(bills::review))
        .routes(routes!(bills::confirm_payment))
        .routes(routes!(pay::pay))
        .routes(routes!(stats::user))
        .routes(routes!(stats::room))
        .routes(routes!(stats::system))
        .routes(routes!(tasks::trigger))
        .routes(routes!(tasks::status))
        .routes(routes!(uploads::upload).layer(form()))
        .routes(routes!(uploads::download))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::read))
        .routes(routes!(admin::list_users))
        .routes(routes!(admin::set_role))
        .routes(routes!(admin::set_status))
        .routes(routes!(admin::audit))
        .routes(routes!(refunds::list))
        .routes(routes!(refunds::approve))
        .routes(routes!(refunds::reject))
        .routes(routes!(refunds::exceptions))
        .routes(routes!(refunds::unfreeze))
}
