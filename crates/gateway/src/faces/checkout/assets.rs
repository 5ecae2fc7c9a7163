//! What can be ordered, and what the user has of it (contract sections 11 and 16).

use axum::extract::State;
use proto::{bill::v1::ListProductsRequest, user::v1::GetMembershipRequest, wallet::v1::GetBalanceRequest};

use super::{
    bodies::{Membership, Points, Product},
    envelope::{Bare, Reply},
};
use crate::{app::App, callers::Member, peers::Told as _};

const POINTS: &str = "POINTS";

/// Lists memberships and packs of points.
#[utoipa::path(get, path = "/api/v1/payment/products", tag = "assets",
    responses((status = OK, body = Vec<Product>)))]
pub(crate) async fn products(_: Member, State(app): State<App>) -> Reply<Vec<Product>> {
    let reply = app.peers.orders().list_products(ListProductsRequest::default()).await.told()?;
    Ok(Bare(reply.products.into_iter().map(Product::from).collect()))
}

/// Tells the user's plan and its end.
#[utoipa::path(get, path = "/api/v1/payment/membership", tag = "assets",
    responses((status = OK, body = Membership)))]
pub(crate) async fn membership(Member(user): Member, State(app): State<App>) -> Reply<Membership> {
    let reply =
        app.peers.membership().get_membership(GetMembershipRequest { user_id: user.id }).await.told()?;
    Ok(Bare(Membership::of(reply.membership.unwrap_or_default(), app.zone())))
}

/// Tells the user's points.
#[utoipa::path(get, path = "/api/v1/payment/points", tag = "assets",
    responses((status = OK, body = Points)))]
pub(crate) async fn points(Member(user): Member, State(app): State<App>) -> Reply<Points> {
    let request = GetBalanceRequest { user_id: user.id, currency: POINTS.to_owned() };
    let reply = app.peers.wallet().get_balance(request).await.told()?;
    Ok(Bare(Points { balance: reply.balance_minor }))
}
