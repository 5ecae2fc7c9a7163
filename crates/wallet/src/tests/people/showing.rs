//! The balance as it is shown, its copies, and what the owner's sockets hear.

use std::time::Duration;

use ephemeral::{Event as Heard, Fanout};
use fault::Code;
use prost::Message as _;
use proto::{
    event::v1::{Event, event::Payload},
    wallet::v1::{ShowBalanceRequest, ShowBalanceResponse},
};

use tokio_util::sync::CancellationToken;

use super::{ANNA, BEN, SECRET, Stage, fault, stage, stage_with};

async fn shown(stage: &Stage, user_id: i64) -> ShowBalanceResponse {
    stage.of(user_id).show_balance(ShowBalanceRequest { user_id }).await.unwrap().into_inner()
}

/// Asks until the answer comes from a copy: changes that are on their way are never shown from one.
async fn shown_from_copy(stage: &Stage, user_id: i64) -> ShowBalanceResponse {
    for _ in 0..500 {
        let answer = shown(stage, user_id).await;
        if answer.is_cached {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no copy was kept")
}

#[tokio::test]
async fn a_wallet_that_never_moved_shows_zero() {
    let stage = stage().await;
    let answer = shown(&stage, ANNA).await;
    assert_eq!((answer.balance_minor, answer.version, answer.changed_at), (0, 0, None));
    assert_eq!(answer.currency, "CNY");
}

/// One test, because what it reads and hears is shared by all that use this Redis.
#[tokio::test]
async fn a_copy_is_shown_and_a_change_is_seen_and_heard_at_once() {
    let stage = stage_with(testkit::redis_url()).await;
    let redis = ephemeral::Redis::connect(&ephemeral::Settings::at(&stage.redis_url), stage.clock.clone());
    let stop = CancellationToken::new();
    let mut heard = Fanout::subscribe(&redis, ["user:*"], stop.clone());
    assert_eq!(heard.recv().await, Some(Heard::Reconnected));
    stage.enrich_anna(10_000).await;
    stage.give(2_500, SECRET).await.unwrap();
    let mut states = Vec::new();
    let mut next = async || loop {
        if let Some(Heard::Message { payload, .. }) = heard.recv().await {
            let event = Event::decode(payload).unwrap();
            if let Some(Payload::WalletChanged(change)) = event.payload {
                return change;
            }
        }
    };
    while states.len() < 2 {
        let change = next().await;
        if change.version > 1 || change.user_id == BEN {
            states.push((change.user_id, change.balance_minor, change.available_minor, change.currency));
        }
    }
    states.sort();
    let cny = || "CNY".to_owned();
    assert_eq!(states, [(ANNA, 7_500, 7_500, cny()), (BEN, 2_500, 2_500, cny())]);

    let copy = shown_from_copy(&stage, ANNA).await;
    assert_eq!((copy.balance_minor, copy.available_minor, copy.held_minor), (7_500, 7_500, 0));
    for left in (0..20).map(|n| 7_499 - n) {
        stage.give(1, SECRET).await.unwrap();
        assert_eq!(shown(&stage, ANNA).await.balance_minor, left, "right after the change");
    }
    assert_eq!(shown_from_copy(&stage, ANNA).await.balance_minor, 7_480);
    assert_eq!(shown_from_copy(&stage, BEN).await.balance_minor, 2_520);
}

#[tokio::test]
async fn only_the_owner_and_administrators_see_a_wallet() {
    let stage = Stage::rich_anna(10_000).await;
    let request = ShowBalanceRequest { user_id: ANNA };
    assert_eq!(fault(stage.of(BEN).show_balance(request).await).code(), Code::Forbidden);
    assert_eq!(stage.admin().show_balance(request).await.unwrap().into_inner().balance_minor, 10_000);
}

#[tokio::test]
async fn without_redis_the_balance_is_read_from_the_rows() {
    let stage = stage().await;
    let mut anna = stage.of(ANNA);
    for _ in 0..3 {
        let answer = anna.show_balance(ShowBalanceRequest { user_id: ANNA }).await.unwrap().into_inner();
        assert!(!answer.is_cached);
    }
}
