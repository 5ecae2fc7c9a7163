//! What the application's role may not do, and what the tables do not take.

use sqlx::Executor as _;

use super::bank::{bank, transfer, user};

#[tokio::test]
async fn the_application_can_neither_change_nor_delete_what_was_posted() {
    let bank = bank().await;
    bank.fund(&user(7), 100).await;
    let mut conn = bank.service.db.acquire().await.unwrap();
    for statement in [
        "update transfer set memo = 'another'",
        "delete from transfer",
        "truncate transfer",
        "update entry set amount_minor = 1",
        "delete from entry",
        "truncate entry",
    ] {
        let error = (*conn).execute(statement).await.unwrap_err().to_string();
        assert!(error.contains("permission denied"), "{statement}: {error}");
    }
}

#[tokio::test]
async fn the_tables_do_not_take_what_breaks_a_rule() {
    let bank = bank().await;
    bank.fund(&user(7), 100).await;
    bank.posted(transfer("rent", &user(7), &user(8), 10)).await.unwrap();
    bank.held(20).await;
    let copy =
        "insert into transfer (id, kind, idempotency_key, request_hash, reference, memo, actor, at, assets,
             account_ids, amounts_minor, entry_numbers)
         select 1, kind, 'copy', request_hash, reference, memo, actor, at, ";
    let transfer = |arrays: &str| format!("{copy} {arrays} from transfer where idempotency_key = 'rent'");
    let user = |change: &str| format!("update account set {change} where owner = '7'");
    for (statement, constraint) in [
        (user("balance_minor = -1, held_minor = -1"), "account_balance_not_negative"),
        (user("held_minor = -1"), "account_held_within_balance"),
        (user("held_minor = 91"), "account_held_within_balance"),
        (user("version = -1"), "account_version_not_negative"),
        (user("asset = 'cny'"), "account_asset_shape"),
        (user("kind = 'bank'"), "account_kind_known"),
        (user("owner = '07'"), "account_owner_shape"),
        (user("owner = '8'"), "account_kind_owner_asset_key"),
        (transfer("'{CNY}', '{1,2}', '{5,-5}', '{1}'"), "transfer_legs_count"),
        (transfer("'{CNY}', '{1,2}', '{5,-4}', '{1,1}'"), "transfer_legs_balance"),
        (transfer("'{CNY,EUR}', '{1,2}', '{5,-5}', '{1,1}'"), "transfer_legs_balance"),
        (transfer("'{CNY}', '{1,2,3}', '{5,-5,0}', '{1,1,1}'"), "transfer_legs_not_zero"),
        (transfer("'{CNY}', '{1,2,3}', '{5,-4,-2}', '{1,1,1}'"), "transfer_legs_balance"),
        ("update transfer set idempotency_key = 'rent'".to_owned(), "transfer_idempotency_key_key"),
        ("update entry set number = 1".to_owned(), "entry_pkey"),
        ("update hold set settled_minor = 20".to_owned(), "hold_settled_within_amount"),
        ("update hold set state = 'released'".to_owned(), "hold_ended_when_not_open"),
    ] {
        let mut owner = bank.test_db.owner().await;
        let error = owner.execute(sqlx::AssertSqlSafe(statement.clone())).await.unwrap_err();
        let broken = error.as_database_error().and_then(|error| error.constraint().map(str::to_owned));
        assert_eq!(broken.as_deref(), Some(constraint), "{statement}: {error}");
    }
}
