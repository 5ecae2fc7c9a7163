//! What cannot be read: balances, statements, transfers.
//!
//! Nothing would be written here anyway; the point is the code, and that it is none of ours.

use fault::Code;
use prost_types::Timestamp;
use proto::wallet::v1::{
    Direction, GetBalanceAtRequest, GetBalanceRequest, GetTransferRequest, ListEntriesRequest,
};

use super::{INVALID, UNKNOWN, impossible_accounts, scene};
use crate::tests::bank::user;

#[tokio::test]
async fn a_balance_that_cannot_be_is_not_read() {
    let scene = scene().await;
    let with = |user_id, currency: &str| GetBalanceRequest { user_id, currency: currency.to_owned() };
    let mut asks: Vec<_> = [0, -1, i64::MIN].map(|user_id| (with(user_id, ""), (INVALID, "user_id"))).into();
    for currency in ["cny", "XXX", "XTS", "RMB", "CNY ", "C\0Y", "¥", "points", &"C".repeat(10_000)] {
        asks.push((with(7, currency), (INVALID, "currency")));
    }
    scene.assert_refused(asks, |asked| async { scene.payment.clone().get_balance(asked).await }).await;
}

#[tokio::test]
async fn a_balance_at_an_instant_that_cannot_be_is_not_read() {
    let scene = scene().await;
    let now = Timestamp { seconds: scene.premises.bank.clock.now().timestamp(), nanos: 0 };
    let mut asks = Vec::new();
    let impossible =
        [(i64::MIN, 0), (i64::MAX, 0), (now.seconds, -1), (now.seconds, i32::MAX), (now.seconds, i32::MIN)];
    let instants = impossible.map(|(seconds, nanos)| Some(Timestamp { seconds, nanos }));
    for at in instants.into_iter().chain([None]) {
        asks.push((GetBalanceAtRequest { account: Some(user(7)), at }, (INVALID, "at")));
    }
    asks.push((GetBalanceAtRequest { account: None, at: Some(now) }, (INVALID, "account")));
    for (account, part) in impossible_accounts() {
        let asked = GetBalanceAtRequest { account: Some(account), at: Some(now) };
        asks.push((asked, (INVALID, field(part))));
    }
    scene.assert_refused(asks, |asked| async { scene.payment.clone().get_balance_at(asked).await }).await;
}

#[tokio::test]
async fn before_1970_nobody_had_anything() {
    let scene = scene().await;
    for seconds in [-1, -2_208_988_800, -62_135_596_800] {
        let at = Some(Timestamp { seconds, nanos: 999_999_999 });
        let asked = GetBalanceAtRequest { account: Some(user(7)), at };
        let answer = scene.payment.clone().get_balance_at(asked).await.unwrap().into_inner();
        assert_eq!((answer.balance_minor, answer.entry_number), (0, 0));
    }
}

#[tokio::test]
async fn a_statement_that_cannot_be_is_not_read() {
    let scene = scene().await;
    let good = || ListEntriesRequest {
        account: Some(user(7)),
        direction: Direction::NewestFirst.into(),
        beyond_number: 0,
        limit: 10,
    };
    let mut asks = vec![(ListEntriesRequest { account: None, ..good() }, (INVALID, "account"))];
    for (account, part) in impossible_accounts() {
        asks.push((ListEntriesRequest { account: Some(account), ..good() }, (INVALID, field(part))));
    }
    for direction in [0, UNKNOWN, -1] {
        asks.push((ListEntriesRequest { direction, ..good() }, (INVALID, "direction")));
    }
    for limit in [0, 101, -1, i32::MIN, i32::MAX] {
        asks.push((ListEntriesRequest { limit, ..good() }, (INVALID, "limit")));
    }
    for beyond_number in [-1, i64::MIN] {
        asks.push((ListEntriesRequest { beyond_number, ..good() }, (INVALID, "beyond_number")));
    }
    scene.assert_refused(asks, |asked| async { scene.payment.clone().list_entries(asked).await }).await;
}

#[tokio::test]
async fn a_transfer_that_is_not_there_is_not_shown() {
    let scene = scene().await;
    let with = |transfer_id, key: &str| GetTransferRequest { transfer_id, idempotency_key: key.to_owned() };
    let ids = [1, -1, i64::MIN, i64::MAX].map(|id| with(id, "rent"));
    let keys = ["RENT", "rent "].map(|key| with(0, key));
    let absent = ids.into_iter().chain(keys).map(|asked| (asked, (Code::NotFound, "")));
    let impossible = ["", "钥匙", &"k".repeat(100_000)].map(|key| with(0, key));
    let impossible = impossible.into_iter().map(|asked| (asked, (Code::ValidationError, "idempotency_key")));
    let asks = absent.chain(impossible).collect();
    scene.assert_refused(asks, |asked| async { scene.payment.clone().get_transfer(asked).await }).await;
}

/// Names a part of the account of a request.
fn field(part: &str) -> &'static str {
    match part {
        "kind" => "account.kind",
        "owner" => "account.owner",
        _ => "account.asset",
    }
}
