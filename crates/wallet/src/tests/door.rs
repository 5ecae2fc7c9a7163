//! The ledger over its door: who sees what, marks of repeated requests, freezing, and the proof.

use fault::{Code, Fault};
use host::{
    IDEMPOTENT_REPLAYED,
    testing::{Line, Visitor},
};
use proto::{
    audit::v1::{ListEntriesRequest as ListAuditRequest, audit_service_client::AuditServiceClient},
    wallet::v1::{
        CheckLedgerRequest, Direction, FreezeAccountRequest, GetBalanceAtRequest, GetBalanceRequest,
        ListEntriesRequest, PostBatchRequest, PostLinkedRequest, PostRequest, UnfreezeAccountRequest,
        wallet_service_client::WalletServiceClient,
    },
};

use super::{
    Stage,
    bank::{alipay, lines, transfer, user},
    noon, stage,
};

fn wallet(visitor: &Visitor) -> WalletServiceClient<Line> {
    WalletServiceClient::new(visitor.line())
}

/// User 7 has 10.00.
async fn funded() -> Stage {
    let stage = stage().await;
    let request = PostRequest { transfer: Some(transfer("fund", &alipay(), &user(7), 1_000)) };
    wallet(&stage.served.service("payment")).post(request).await.unwrap();
    stage
}

#[tokio::test]
async fn a_service_posts_and_a_repeated_request_is_marked() {
    let stage = funded().await;
    let request = || PostRequest { transfer: Some(transfer("rent", &user(7), &user(8), 400)) };
    let mut bill = wallet(&stage.served.service("bill"));
    let first = bill.post(request()).await.unwrap();
    let again = bill.post(request()).await.unwrap();
    assert_eq!(lines(first.get_ref().receipt.as_ref().unwrap()), [(2, 600), (1, 400)]);
    assert_eq!(first.get_ref(), again.get_ref());
    assert!(first.metadata().get(IDEMPOTENT_REPLAYED).is_none());
    assert_eq!(again.metadata().get(IDEMPOTENT_REPLAYED).unwrap(), "true");
    let batch = PostBatchRequest { transfers: vec![transfer("b", &user(7), &user(8), 1); 2] };
    let results = bill.post_batch(batch).await.unwrap().into_inner().results;
    assert_eq!(results.iter().map(|result| result.is_replay).collect::<Vec<_>>(), [false, true]);
    let linked = PostLinkedRequest { transfers: vec![transfer("l", &user(7), &user(8), 1)] };
    assert_eq!(bill.post_linked(linked).await.unwrap().into_inner().receipts.len(), 1);
}

#[tokio::test]
async fn nobody_but_services_that_move_money_posts() {
    let stage = funded().await;
    for visitor in [stage.served.user(7), stage.served.admin(1), stage.served.service("room")] {
        let request = PostRequest { transfer: Some(transfer("steal", &user(7), &user(8), 1)) };
        let fault = Fault::from(wallet(&visitor).post(request).await.unwrap_err());
        assert_eq!(fault.code(), Code::Forbidden);
    }
}

#[tokio::test]
async fn a_statement_is_read_by_its_owner_an_administrator_and_services() {
    let stage = funded().await;
    let list = || ListEntriesRequest {
        account: Some(user(7)),
        direction: Direction::NewestFirst.into(),
        beyond_number: 0,
        limit: 10,
    };
    let at = || GetBalanceAtRequest { account: Some(user(7)), at: Some(host::timestamp(noon())) };
    for visitor in [stage.served.user(7), stage.served.admin(1), stage.served.service("payment")] {
        assert_eq!(wallet(&visitor).list_entries(list()).await.unwrap().into_inner().entries.len(), 1);
        assert_eq!(wallet(&visitor).get_balance_at(at()).await.unwrap().into_inner().balance_minor, 1_000);
    }
    let mut stranger = wallet(&stage.served.user(8));
    assert_eq!(Fault::from(stranger.list_entries(list()).await.unwrap_err()).code(), Code::NotFound);
    assert_eq!(Fault::from(stranger.get_balance_at(at()).await.unwrap_err()).code(), Code::NotFound);
    let channel = ListEntriesRequest { account: Some(alipay()), ..list() };
    assert_eq!(Fault::from(stranger.list_entries(channel).await.unwrap_err()).code(), Code::NotFound);
}

#[tokio::test]
async fn a_freeze_is_shown_and_stands_in_the_audit_trail() {
    let stage = funded().await;
    let mut admin = wallet(&stage.served.admin(1).key("freeze 7"));
    let freeze = || FreezeAccountRequest { account: Some(user(7)), reason: "stolen phone".to_owned() };
    admin.freeze_account(freeze()).await.unwrap();
    let again = admin.freeze_account(freeze()).await.unwrap();
    assert_eq!(again.metadata().get(IDEMPOTENT_REPLAYED).unwrap(), "true");
    let mut owner = wallet(&stage.served.user(7));
    let balance = GetBalanceRequest { user_id: 7, currency: String::new() };
    assert!(owner.get_balance(balance.clone()).await.unwrap().into_inner().is_frozen);
    let mut admin = wallet(&stage.served.admin(1));
    let unfreeze = UnfreezeAccountRequest { account: Some(user(7)), reason: "found again".to_owned() };
    admin.unfreeze_account(unfreeze).await.unwrap();
    assert!(!owner.get_balance(balance).await.unwrap().into_inner().is_frozen);
    let trail = AuditServiceClient::new(stage.served.admin(1).line())
        .list_entries(ListAuditRequest { limit: 10, ..ListAuditRequest::default() })
        .await
        .unwrap()
        .into_inner();
    let acts: Vec<_> =
        trail.entries.iter().map(|entry| (entry.action.as_str(), entry.subject.as_str())).collect();
    assert_eq!(acts, [("account.unfrozen", "account:user:7 CNY"), ("account.frozen", "account:user:7 CNY")]);
    let silent = FreezeAccountRequest { account: Some(user(7)), reason: String::new() };
    let fault = Fault::from(admin.freeze_account(silent).await.unwrap_err());
    assert_eq!(fault.field(), Some("reason"));
}

#[tokio::test]
async fn an_administrator_has_the_books_proven() {
    let stage = funded().await;
    let proof =
        wallet(&stage.served.admin(1)).check_ledger(CheckLedgerRequest {}).await.unwrap().into_inner();
    assert!(proof.is_sound && proof.checks.iter().all(|check| check.is_ok));
    assert_eq!((proof.checks.len(), proof.transfers, proof.entries), (9, 1, 2));
}
