//! Bills (000-E17 to E22; sending again of contract section 5).

use axum::extract::State;
use proto::bill::v1 as bill;

use super::{
    bodies::{
        bills::{Bill, BillRow, BillsQuery, NewBill, Review, ReviewedBill, UserBillStats},
        new_expense::ConfirmSplit,
    },
    envelope::{Answer, Done, Listing, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Path, Query},
    peers::{Told as _, required},
    problem::Problem,
};

/// Makes a bill of expenses of one room (000-E17). For its members.
#[utoipa::path(post, path = "/api/bills", tag = "bills", responses((status = OK, body = Answer<Bill>)))]
pub(crate) async fn create(_: Member, State(app): State<App>, Json(body): Json<NewBill>) -> Reply<Bill> {
    let request = bill::CreateBillRequest { bill: Some(body.into()) };
    let reply = app.peers.bill().create_bill(request).await.told()?;
    Ok(Answer::said(Message::BillCreated, Bill::of(required(reply.bill, "bill")?, None)))
}

/// Lists bills of the caller's rooms, newest first (000-E18).
#[utoipa::path(get, path = "/api/bills", tag = "bills", responses((status = OK, body = Listing<BillRow>)))]
pub(crate) async fn list(
    _: Member,
    State(app): State<App>,
    Query(query): Query<BillsQuery>,
) -> Result<Listing<BillRow>, Problem> {
    let reply = app.peers.bill().list_bills(bill::ListBillsRequest::from(query)).await.told()?;
    Listing::of(reply.bills.into_iter().map(BillRow::from).collect(), reply.page)
}

/// Shows a bill with its expenses and the people of its shares (000-E19).
#[utoipa::path(get, path = "/api/bills/{id}", tag = "bills", responses((status = OK, body = Answer<Bill>)))]
pub(crate) async fn get(_: Member, State(app): State<App>, Path(id): Path<i64>) -> Reply<Bill> {
    let reply = app.peers.bill().get_bill(bill::GetBillRequest { bill_id: id }).await.told()?;
    let bill = required(reply.bill, "bill")?;
    let people = app.peers.people(bill.splits.iter().map(|split| split.user_id)).await?;
    Ok(Answer::read(Bill::of(bill, Some(&people))))
}

/// Sends a rejected bill again, changed. For its author and room admins.
#[utoipa::path(put, path = "/api/bills/{id}", tag = "bills", responses((status = OK, body = Answer<Bill>)))]
pub(crate) async fn resubmit(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<NewBill>,
) -> Reply<Bill> {
    let request = bill::ResubmitBillRequest { bill_id: id, bill: Some(body.into()) };
    let reply = app.peers.bill().resubmit_bill(request).await.told()?;
    Ok(Answer::said(Message::BillResubmitted, Bill::of(required(reply.bill, "bill")?, None)))
}

/// Approves or rejects a bill (000-E20). For the other room admins, or any member when the author is the only one.
#[utoipa::path(post, path = "/api/bills/{id}/review", tag = "bills",
    responses((status = OK, body = Answer<ReviewedBill>)))]
pub(crate) async fn review(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<Review>,
) -> Reply<ReviewedBill> {
    let reply = app.peers.bill().review_bill(body.request(id)).await.told()?;
    Ok(Answer::said(Message::BillReviewed, required(reply.bill, "bill")?.into()))
}

/// Confirms that a bill's share was handed over (000-E21). For its debtor, its payee and room admins.
#[utoipa::path(post, path = "/api/bills/{id}/confirm-payment", tag = "bills",
    responses((status = OK, body = Done)))]
pub(crate) async fn confirm_payment(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<ConfirmSplit>,
) -> Result<Done, Problem> {
    let request = bill::ConfirmShareRequest { bill_id: id, split_id: body.split_id };
    app.peers.bill().confirm_share(request).await.told()?;
    Ok(Done::said(Message::BillPaymentConfirmed))
}

/// Shows the caller's bills in numbers (000-E22).
#[utoipa::path(get, path = "/api/bills/user-stats", tag = "bills",
    responses((status = OK, body = Answer<UserBillStats>)))]
pub(crate) async fn user_stats(_: Member, State(app): State<App>) -> Reply<UserBillStats> {
    let reply = app.peers.bill().get_user_stats(bill::GetUserStatsRequest {}).await.told()?;
    Ok(Answer::read(reply.into()))
}
