//! Holds that cannot be placed, settled, released or shown.
//!
//! That a hold expires before anybody swept it is tried in `holds`; here it was swept.

use chrono::{DateTime, TimeDelta, Utc};
use fault::Code;
use prost_types::Timestamp;
use proto::wallet::v1::{
    AccountKind, GetHoldRequest, HoldState, PlaceHoldRequest, ReleaseHoldRequest, Rest, SettleHoldRequest,
};

use super::{
    Expected, INVALID, UNKNOWN, impossible_accounts, impossible_keys, impossible_kinds, impossible_lines,
    rows, scene,
};
use crate::tests::bank::{account, alipay, placement, settlement, user};

const LARGEST: i64 = 1_000_000_000_000_000;

/// Instants that no calendar has, or that are too early or too late for a hold.
fn impossible_ends(now: DateTime<Utc>) -> Vec<Option<Timestamp>> {
    let at = |seconds, nanos| Some(Timestamp { seconds, nanos });
    let soon = now.timestamp() + 60;
    vec![
        None,
        at(i64::MIN, 0),
        at(i64::MAX, 0),
        at(soon, -1),
        at(soon, i32::MAX),
        at(soon, 1_000_000_000),
        // Long before our era, before 1970, just now, a year and a day from now, long after us.
        at(-8_000_000_000_000, 0),
        at(-1, 0),
        at(0, 0),
        at(now.timestamp(), 0),
        at(now.timestamp() + 366 * 86_400, 1_000),
        at(8_000_000_000_000, 0),
    ]
}

#[tokio::test]
async fn a_hold_that_cannot_be_is_not_placed() {
    let scene = scene().await;
    let now = scene.premises.bank.clock.now();
    let ends = Some(host::timestamp(now + TimeDelta::hours(1)));
    let good = || PlaceHoldRequest { expires_at: ends, ..placement("new", 1) };
    let mut asks: Vec<(PlaceHoldRequest, Expected)> = Vec::new();
    let invalid = |field| (INVALID, field);
    asks.extend(
        impossible_keys().into_iter().map(|idempotency_key| {
            (PlaceHoldRequest { idempotency_key, ..good() }, invalid("idempotency_key"))
        }),
    );
    for text in impossible_lines() {
        asks.push((PlaceHoldRequest { reference: text.clone(), ..good() }, invalid("reference")));
        asks.push((PlaceHoldRequest { memo: text, ..good() }, invalid("memo")));
    }
    for amount_minor in [0, -1, LARGEST + 1, i64::MIN, i64::MAX] {
        asks.push((PlaceHoldRequest { amount_minor, ..good() }, invalid("amount_minor")));
    }
    for expires_at in impossible_ends(now) {
        asks.push((PlaceHoldRequest { expires_at, ..good() }, invalid("expires_at")));
    }
    for (account, part) in impossible_accounts() {
        let field = match part {
            "kind" => "account.kind",
            "owner" => "account.owner",
            _ => "account.asset",
        };
        asks.push((PlaceHoldRequest { account: Some(account), ..good() }, invalid(field)));
    }
    let issued = account(AccountKind::PointsIssued, "", "POINTS");
    for account in [None, Some(alipay()), Some(issued)] {
        asks.push((PlaceHoldRequest { account, ..good() }, invalid("account")));
    }
    let other = PlaceHoldRequest { idempotency_key: "open".to_owned(), ..good() };
    asks.push((other, (Code::IdempotencyConflict, "idempotency_key")));
    let poor = [(user(7), 999_000), (user(99), 1)].map(|(account, amount_minor)| {
        let asked = PlaceHoldRequest { account: Some(account), amount_minor, ..good() };
        (asked, (Code::InsufficientBalance, ""))
    });
    asks.extend(poor);
    scene.assert_refused(asks, |asked| async { scene.payment.clone().place_hold(asked).await }).await;
}

#[tokio::test]
async fn a_settlement_that_cannot_be_moves_nothing() {
    let scene = scene().await;
    let good = || settlement("new", scene.open, 1, Rest::Keep);
    let mut asks: Vec<(SettleHoldRequest, Expected)> = Vec::new();
    let invalid = |field| (INVALID, field);
    asks.extend(impossible_keys().into_iter().map(|idempotency_key| {
        (SettleHoldRequest { idempotency_key, ..good() }, invalid("idempotency_key"))
    }));
    asks.extend(
        impossible_kinds().into_iter().map(|kind| (SettleHoldRequest { kind, ..good() }, invalid("kind"))),
    );
    for text in impossible_lines() {
        asks.push((SettleHoldRequest { reference: text.clone(), ..good() }, invalid("reference")));
        asks.push((SettleHoldRequest { memo: text, ..good() }, invalid("memo")));
    }
    for amount_minor in [-1, 71, LARGEST + 1, i64::MIN, i64::MAX] {
        asks.push((SettleHoldRequest { amount_minor, ..good() }, invalid("amount_minor")));
    }
    for rest in [0, UNKNOWN, -1] {
        asks.push((SettleHoldRequest { rest, ..good() }, invalid("rest")));
    }
    for (to, part) in impossible_accounts() {
        let field = match part {
            "kind" => "to.kind",
            "owner" => "to.owner",
            _ => "to.asset",
        };
        asks.push((SettleHoldRequest { to: Some(to), ..good() }, invalid(field)));
    }
    let euros = account(AccountKind::User, "8", "EUR");
    for (to, field) in [(None, "to"), (Some(user(7)), "to"), (Some(euros), "to.asset")] {
        asks.push((SettleHoldRequest { to, ..good() }, invalid(field)));
    }
    for hold_id in [0, 1, -1, i64::MIN, i64::MAX] {
        asks.push((SettleHoldRequest { hold_id, ..good() }, (Code::NotFound, "")));
    }
    asks.push((SettleHoldRequest { hold_id: scene.expired, ..good() }, (Code::StateConflict, "")));
    let used = SettleHoldRequest { idempotency_key: "rent".to_owned(), ..good() };
    asks.push((used, (Code::IdempotencyConflict, "idempotency_key")));
    scene.assert_refused(asks, |asked| async { scene.payment.clone().settle_hold(asked).await }).await;
}

#[tokio::test]
async fn a_hold_that_is_not_there_is_neither_released_nor_shown() {
    let scene = scene().await;
    let payment = &scene.payment;
    let ids = || [0, 1, -1, i64::MIN, i64::MAX].map(|id| (id, (Code::NotFound, ""))).to_vec();
    scene
        .assert_refused(ids(), |hold_id| async move {
            payment.clone().release_hold(ReleaseHoldRequest { hold_id }).await
        })
        .await;
    scene
        .assert_refused(ids(), |hold_id| async move {
            payment.clone().get_hold(GetHoldRequest { hold_id, ..Default::default() }).await
        })
        .await;
}

#[tokio::test]
async fn a_hold_that_has_ended_stays_as_it_is() {
    let scene = scene().await;
    let payment = &scene.payment;
    let settled = scene.premises.bank.settle("all", scene.open, 0, Rest::Release).await;
    settled.unwrap();
    let asks = vec![(scene.open, (Code::StateConflict, ""))];
    scene
        .assert_refused(asks.clone(), |hold_id| async move {
            payment.clone().release_hold(ReleaseHoldRequest { hold_id }).await
        })
        .await;
    scene
        .assert_refused(asks, |hold_id| async move {
            payment.clone().settle_hold(settlement("more", hold_id, 1, Rest::Keep)).await
        })
        .await;
    let before = rows(&scene.premises.bank).await;
    let expired = ReleaseHoldRequest { hold_id: scene.expired };
    let again = scene.payment.clone().release_hold(expired).await.unwrap().into_inner().hold.unwrap();
    assert_eq!(again.state(), HoldState::Expired);
    assert_eq!(before, rows(&scene.premises.bank).await);
}

#[tokio::test]
async fn nothing_is_held_anew_on_a_frozen_account() {
    let scene = scene().await;
    scene.premises.bank.freeze(user(7), true).await.unwrap();
    let ends = Some(host::timestamp(scene.premises.bank.clock.now() + TimeDelta::hours(1)));
    let asked = PlaceHoldRequest { expires_at: ends, ..placement("new", 1) };
    let asks = vec![(asked, (Code::AccountFrozen, ""))];
    scene.assert_refused(asks, |asked| async { scene.payment.clone().place_hold(asked).await }).await;
}
