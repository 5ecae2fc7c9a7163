//! Requests that come more than once.

use fault::Code;
use futures::future::join_all;
use host::{IDEMPOTENT_REPLAYED, testing::Visitor};
use proto::risk::v1::{ListKind, PutEntryRequest, PutEntryResponse, risk_service_client::RiskServiceClient};
use tonic::Response;

use super::{delete, ids, put, stage, trail};

async fn answer(visitor: &Visitor) -> Response<PutEntryResponse> {
    let request = PutEntryRequest { user_id: 7, kind: ListKind::Block.into(), reason: "fraud".to_owned() };
    RiskServiceClient::new(visitor.line()).put_entry(request).await.unwrap()
}

#[tokio::test]
async fn the_same_key_and_request_get_the_first_answer_again_and_say_so() {
    let stage = stage().await;
    let admin = stage.served.admin(1).key("k-1");
    let (first, second) = (answer(&admin).await, answer(&admin).await);
    assert!(first.metadata().get(IDEMPOTENT_REPLAYED).is_none());
    assert_eq!(second.metadata().get(IDEMPOTENT_REPLAYED).unwrap(), "true");
    assert_eq!(first.into_inner(), second.into_inner());
    assert_eq!(trail(&admin).await.len(), 1, "it was done once");
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused() {
    let stage = stage().await;
    let admin = stage.served.admin(1).key("k-1");
    put(&admin, 7, ListKind::Block, "fraud").await.unwrap();
    let fault = put(&admin, 8, ListKind::Block, "fraud").await.unwrap_err();
    assert_eq!(fault.code(), Code::IdempotencyConflict);
    assert_eq!(ids(&admin, ListKind::Block).await, [7]);
}

#[tokio::test]
async fn a_deletion_can_be_repeated_with_its_key() {
    let stage = stage().await;
    let admin = stage.served.admin(1);
    put(&admin, 7, ListKind::Block, "fraud").await.unwrap();
    let keyed = admin.clone().key("k-2");
    delete(&keyed, 7, ListKind::Block).await.unwrap();
    delete(&keyed, 7, ListKind::Block).await.unwrap();
    assert_eq!(delete(&admin, 7, ListKind::Block).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn two_administrators_may_use_the_same_key() {
    let stage = stage().await;
    put(&stage.served.admin(1).key("k"), 7, ListKind::Block, "fraud").await.unwrap();
    put(&stage.served.admin(2).key("k"), 8, ListKind::Block, "fraud").await.unwrap();
    assert_eq!(ids(&stage.served.admin(1), ListKind::Block).await, [7, 8]);
}

#[tokio::test]
async fn twenty_requests_with_one_key_do_it_once() {
    let stage = stage().await;
    let admin = stage.served.admin(1).key("k-20");
    let all = join_all((0..20).map(|_| put(&admin, 7, ListKind::Block, "fraud"))).await;
    for outcome in all {
        assert!(outcome.is_ok_and(|entry| entry.created_by == 1));
    }
    assert_eq!(trail(&stage.served.admin(1)).await.len(), 1);
}
