//! Reading balances.

use fault::{Code, Fault};
use host::testing::Visitor;
use proto::wallet::v1::{GetBalanceRequest, GetBalanceResponse, wallet_service_client::WalletServiceClient};
use sqlx::Executor as _;

use super::{Stage, stage};

async fn balance(visitor: Visitor, user_id: i64, currency: &str) -> Result<GetBalanceResponse, Fault> {
    let request = GetBalanceRequest { user_id, currency: currency.to_owned() };
    Ok(WalletServiceClient::new(visitor.line()).get_balance(request).await?.into_inner())
}

/// Gives user 7 an account with 12.50, of which 2.00 are held.
async fn endowed() -> Stage {
    let stage = stage().await;
    let insertion =
        "insert into account (id, kind, owner, asset, balance_minor, held_minor, version, changed_at, created_at)
         values (1, 'user', '7', 'CNY', 1250, 200, 3, now(), now())";
    stage.test_db.owner().await.execute(insertion).await.unwrap();
    stage
}

#[tokio::test]
async fn the_owner_an_administrator_and_a_service_read_a_balance() {
    let stage = endowed().await;
    let expected = GetBalanceResponse {
        balance_minor: 1250,
        held_minor: 200,
        currency: "CNY".to_owned(),
        version: 3,
        available_minor: 1050,
        is_frozen: false,
    };
    for visitor in [stage.served.user(7), stage.served.admin(1), stage.served.service("payment")] {
        assert_eq!(balance(visitor.clone(), 7, "").await.unwrap(), expected, "no currency is CNY");
        assert_eq!(balance(visitor, 7, "CNY").await.unwrap(), expected);
    }
}

#[tokio::test]
async fn somebody_elses_account_looks_like_none() {
    let stage = endowed().await;
    let (existing, missing) =
        (balance(stage.served.user(8), 7, "").await, balance(stage.served.user(8), 99, "").await);
    assert_eq!(existing.as_ref().unwrap_err().code(), Code::NotFound);
    assert_eq!(existing, missing, "nothing tells whether there is one");
}

#[tokio::test]
async fn an_account_that_does_not_exist_yet_reads_as_zero_and_is_not_written() {
    let stage = endowed().await;
    let zero = |currency: &str| GetBalanceResponse {
        currency: currency.to_owned(),
        ..GetBalanceResponse::default()
    };
    assert_eq!(balance(stage.served.user(8), 8, "").await.unwrap(), zero("CNY"));
    assert_eq!(balance(stage.served.user(7), 7, "EUR").await.unwrap(), zero("EUR"));
    assert_eq!(balance(stage.served.user(7), 7, "POINTS").await.unwrap(), zero("POINTS"));
    let accounts: i64 = sqlx::query_scalar("select count(id) from account")
        .fetch_one(&mut stage.test_db.owner().await)
        .await
        .unwrap();
    assert_eq!(accounts, 1);
}

#[tokio::test]
async fn a_currency_or_user_that_cannot_be_is_refused_by_name() {
    let stage = stage().await;
    for (visitor, user_id, currency, field) in [
        (stage.served.user(7), 7, "cny", "currency"),
        (stage.served.user(7), 7, "XXY", "currency"),
        (stage.served.admin(1), 0, "", "user_id"),
        (stage.served.admin(1), -7, "", "user_id"),
    ] {
        let fault = balance(visitor, user_id, currency).await.unwrap_err();
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
}
