//! Reviewing: who may, what an approval does, and what happens when it is cut off.

use fault::{Code, Fault};
use proto::bill::v1::{GetBillRequest, Status};

use super::stage::{ADMIN, MEMBER, OTHER, STRANGER, Stage};
use crate::operations;

#[tokio::test]
async fn the_author_never_reviews_and_any_member_does_when_he_is_the_only_admin() {
    let stage = Stage::start().await;
    let bill = stage.bill().await;
    assert_eq!(stage.review(ADMIN, bill.id, Status::Approved).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(stage.review(STRANGER, bill.id, Status::Approved).await.unwrap_err().code(), Code::NotFound);
    let reviewed = stage.review(MEMBER, bill.id, Status::Approved).await.unwrap();
    assert_eq!((reviewed.status(), reviewed.reviewed_by), (Status::Approved, MEMBER));
    assert_eq!(reviewed.review_comment, "看过了");
}

#[tokio::test]
async fn another_admin_reviews_where_there_is_one() {
    let stage = Stage::start().await;
    stage.world.lock().unwrap().admins = vec![ADMIN, OTHER];
    let bill = stage.bill().await;
    assert_eq!(stage.review(MEMBER, bill.id, Status::Approved).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(stage.review(OTHER, bill.id, Status::Rejected).await.unwrap().status(), Status::Rejected);
}

#[tokio::test]
async fn an_approval_divides_the_expenses_and_is_told_under_both_names() {
    let stage = Stage::start().await;
    let bill = stage.bill().await;
    stage.review(MEMBER, bill.id, Status::Approved).await.unwrap();
    let sealed: i64 =
        stage.world.lock().unwrap().sealed[&bill.id].iter().map(|share| share.amount_minor).sum();
    assert_eq!(sealed, bill.total_amount_minor);
    stage.until(|world| world.events.len() == 3).await;
    assert_eq!(stage.event_names(), ["bill_created", "bill_reviewed", "review_status_updated"]);
    let again = stage.review(OTHER, bill.id, Status::Rejected).await.unwrap_err();
    assert_eq!(again.code(), Code::StateConflict, "decided once");
}

#[tokio::test]
async fn a_refused_division_leaves_the_bill_pending() {
    let stage = Stage::start().await;
    let bill = stage.bill().await;
    stage.world.lock().unwrap().seals_refused = Some(Fault::conflict("expense 501 is disputed"));
    let fault = stage.review(MEMBER, bill.id, Status::Approved).await.unwrap_err();
    assert_eq!((fault.code(), fault.detail()), (Code::StateConflict, "expense 501 is disputed"));
    stage.world.lock().unwrap().seals_refused = None;
    assert_eq!(stage.review(OTHER, bill.id, Status::Approved).await.unwrap().status(), Status::Approved);
}

#[tokio::test]
async fn an_approval_that_was_cut_off_is_finished_later() {
    let stage = Stage::start().await;
    let bill = stage.bill().await;
    stage.world.lock().unwrap().seals_refused = Some(Fault::unavailable("away"));
    let fault = stage.review(MEMBER, bill.id, Status::Approved).await.unwrap_err();
    assert_eq!(fault.code(), Code::ServiceUnavailable);
    let request = GetBillRequest { bill_id: bill.id };
    let shown = stage.client(ADMIN).get_bill(request).await.unwrap().into_inner().bill.unwrap();
    assert_eq!((shown.status(), shown.reviewed_by), (Status::Pending, 0), "nobody sees half an approval");
    let fault = stage.review(OTHER, bill.id, Status::Rejected).await.unwrap_err();
    assert_eq!(fault.code(), Code::StateConflict, "it is decided already");

    stage.world.lock().unwrap().seals_refused = None;
    let own = crate::service::Service::of_test(&stage);
    operations::finish_approval(&own, bill.id).await.unwrap();
    operations::finish_approval(&own, bill.id).await.unwrap();
    let shown = stage.client(ADMIN).get_bill(request).await.unwrap().into_inner().bill.unwrap();
    assert_eq!((shown.status(), shown.reviewed_by), (Status::Approved, MEMBER));
    stage.until(|world| world.events.len() == 3).await;
}

#[tokio::test]
async fn two_reviewers_at_once_decide_once() {
    let stage = Stage::start().await;
    let bill = stage.bill().await;
    let (one, two) = tokio::join!(
        stage.review(MEMBER, bill.id, Status::Approved),
        stage.review(OTHER, bill.id, Status::Rejected)
    );
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "{one:?} {two:?}");
}
