//! What cannot be frozen or unfrozen, and who may not call what.
//!
//! Nothing is written either: no audit row, no key.

use fault::Code;
use host::testing::Visitor;
use proto::wallet::v1::{
    Account, AccountKind, CheckLedgerRequest, FreezeAccountRequest, PostRequest, ReleaseHoldRequest,
    UnfreezeAccountRequest,
};

use super::{Expected, INVALID, impossible_accounts, scene};
use crate::tests::{
    bank::{account, alipay, transfer, user},
    premises::wallet,
};

/// Freezes that cannot be, and what is wrong with each.
fn impossible() -> Vec<(FreezeAccountRequest, Expected)> {
    let with =
        |account: Option<Account>, reason: &str| FreezeAccountRequest { account, reason: reason.to_owned() };
    let mut asks = vec![(with(None, "why"), (INVALID, "account"))];
    for (account, part) in impossible_accounts() {
        let field = match part {
            "kind" => "account.kind",
            "owner" => "account.owner",
            _ => "account.asset",
        };
        asks.push((with(Some(account), "why"), (INVALID, field)));
    }
    let platform = [
        alipay(),
        account(AccountKind::Suspense, "alipay", "CNY"),
        account(AccountKind::Revenue, "", "CNY"),
        account(AccountKind::PointsIssued, "", "POINTS"),
    ];
    asks.extend(platform.map(|account| (with(Some(account), "why"), (INVALID, "account"))));
    for reason in ["", " ", "\n", "a\0b", "a\tb", &"x".repeat(1_001), &"长".repeat(1_001)] {
        asks.push((with(Some(user(7)), reason), (INVALID, "reason")));
    }
    asks.push((with(Some(user(99)), "why"), (Code::NotFound, "")));
    asks
}

#[tokio::test]
async fn what_cannot_be_frozen_stays_as_it_is() {
    let scene = scene().await;
    scene
        .assert_refused(impossible(), |asked| async { scene.admin.clone().freeze_account(asked).await })
        .await;
}

#[tokio::test]
async fn what_cannot_be_unfrozen_stays_as_it_is() {
    let scene = scene().await;
    scene.premises.bank.freeze(user(7), true).await.unwrap();
    let asks = impossible().into_iter().map(|(asked, expected)| {
        (UnfreezeAccountRequest { account: asked.account, reason: asked.reason }, expected)
    });
    scene
        .assert_refused(asks.collect(), |asked| async { scene.admin.clone().unfreeze_account(asked).await })
        .await;
}

#[tokio::test]
async fn a_key_of_a_freeze_that_cannot_be_or_was_used_is_refused() {
    let scene = scene().await;
    let served = &scene.premises.served;
    let asked = |id| FreezeAccountRequest { account: Some(user(id)), reason: "why".to_owned() };
    wallet(&served.admin(1).key("used")).freeze_account(asked(7)).await.unwrap();
    let keys = vec![
        (String::new(), (INVALID, "Idempotency-Key")),
        ("k".repeat(256), (INVALID, "Idempotency-Key")),
        ("used".to_owned(), (Code::IdempotencyConflict, "")),
    ];
    scene
        .assert_refused(keys, |key| async move {
            wallet(&served.admin(1).key(&key)).freeze_account(asked(8)).await
        })
        .await;
}

#[tokio::test]
async fn whoever_may_not_changes_nothing() {
    let scene = scene().await;
    let served = &scene.premises.served;
    let strangers = || [served.user(7), served.admin(1), served.service("room"), served.service("gateway")];
    let refused = |visitors: Vec<Visitor>| {
        visitors.into_iter().map(|visitor| (visitor, (Code::Forbidden, ""))).collect::<Vec<_>>()
    };
    scene
        .assert_refused(refused(strangers().into()), |visitor| async move {
            let asked = PostRequest { transfer: Some(transfer("steal", &user(8), &user(7), 1)) };
            wallet(&visitor).post(asked).await
        })
        .await;
    scene
        .assert_refused(refused(strangers().into()), |visitor| async move {
            wallet(&visitor).release_hold(ReleaseHoldRequest { hold_id: scene.open }).await
        })
        .await;
    scene
        .assert_refused(refused(vec![served.user(7)]), |visitor| async move {
            let asked = FreezeAccountRequest { account: Some(user(8)), reason: "why".to_owned() };
            wallet(&visitor).freeze_account(asked).await
        })
        .await;
    scene
        .assert_refused(refused(vec![served.user(7)]), |visitor| async move {
            wallet(&visitor).check_ledger(CheckLedgerRequest {}).await
        })
        .await;
}
