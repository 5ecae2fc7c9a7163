//! The proof of the books finds every sort of corruption, and only those.

use proto::wallet::v1::Rest;
use sqlx::AssertSqlSafe;

use super::bank::{Bank, alipay, bank, transfer, user};
use crate::operations::check_ledger;

/// Books with some of everything.
async fn books() -> Bank {
    let bank = bank().await;
    bank.fund(&user(7), 1_000).await;
    bank.fund(&user(8), 500).await;
    bank.posted(transfer("rent", &user(7), &user(8), 100)).await.unwrap();
    bank.held(200).await;
    let hold_id = bank.held(150).await;
    bank.settle("part", hold_id, 50, Rest::Keep).await.unwrap();
    bank.posted(transfer("back", &user(8), &alipay(), 30)).await.unwrap();
    bank.assert_sound().await;
    bank
}

/// What is done to the books as their owner, and the rule that must notice.
const INJECTED: [(&str, &str); 16] = [
    (
        "update entry set amount_minor = amount_minor + 1 where account_id = {anna} and number = 1",
        "I1 add up",
    ),
    ("update entry set transfer_id = transfer_id + 1 where account_id = {anna} and number = 1", "I1 leg"),
    ("update entry set at = at + interval '1 s' where account_id = {anna} and number = 3", "I1 leg"),
    ("update transfer set entry_numbers = array[9, 9] where idempotency_key = 'rent'", "I1 leg"),
    ("delete from transfer where idempotency_key = 'rent'", "I1 leg"),
    (
        "delete from entry where transfer_id = (select id from transfer where idempotency_key = 'rent')",
        "I1 leg",
    ),
    ("update account set balance_minor = balance_minor + 1 where id = {anna}", "I2"),
    ("update account set balance_minor = balance_minor + 1 where id = {anna}", "I3"),
    ("delete from account where id = {anna}", "I3"),
    ("update account set balance_minor = 100 where id = {anna}", "I4 overdrawn"),
    ("update account set held_minor = held_minor - 1 where id = {anna}", "I4 open holds"),
    ("update hold set state = 'released', ended_at = now() where settled_minor = 0", "I4 open holds"),
    ("update hold set settled_minor = 51 where settled_minor = 50", "holds"),
    ("update account set last_entry_number = 9 where id = {anna}", "numbers"),
    ("delete from entry where account_id = {anna} and number = 2", "numbers"),
    ("update entry set balance_after_minor = 7 where account_id = {anna} and number = 2", "chain"),
];

#[tokio::test]
async fn every_sort_of_corruption_is_found_by_its_rule() {
    let bank = books().await;
    for (corruption, rule) in INJECTED {
        let damaged = testkit::database(&crate::MIGRATIONS).await;
        fill(&bank, &damaged).await;
        let mut owner = damaged.owner().await;
        let anna: i64 = sqlx::query_scalar("select id from account where owner = '7'")
            .fetch_one(&mut owner)
            .await
            .unwrap();
        let statement = corruption.replace("{anna}", &anna.to_string());
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut owner).await.unwrap();
        let db = damaged.connect(bank.clock.clone()).await;
        let proof = check_ledger::run(&db).await.unwrap();
        let noticed = proof.checks.iter().filter(|check| check.broken > 0);
        let noticed: Vec<_> = noticed.map(|check| format!("{} {}", check.name, check.rule)).collect();
        let (name, word) = rule.split_once(' ').unwrap_or((rule, ""));
        assert!(
            noticed.iter().any(|line| line.starts_with(&format!("{name} ")) && line.contains(word)),
            "{corruption}: expected {rule}, noticed {noticed:?}"
        );
        assert!(!proof.is_sound());
    }
}

/// Copies the books into another database, without the checks that would keep damage out.
async fn fill(bank: &Bank, damaged: &testkit::TestDb) {
    let mut owner = damaged.owner().await;
    let loose = "alter table account drop constraint account_held_within_balance;
         alter table account drop constraint account_balance_not_negative;
         alter table hold drop constraint hold_settled_within_amount";
    sqlx::raw_sql(loose).execute(&mut owner).await.unwrap();
    let mut source = bank.test_db.owner().await;
    for (table, columns) in [
        (
            "account",
            "id, kind, owner, asset, balance_minor, held_minor, version, last_entry_number, changed_at, created_at",
        ),
        (
            "transfer",
            "id, kind, idempotency_key, request_hash, reference, memo, actor, at, hold_id, assets, account_ids, amounts_minor, entry_numbers",
        ),
        ("entry", "account_id, number, transfer_id, amount_minor, balance_after_minor, at"),
        (
            "hold",
            "id, account_id, amount_minor, settled_minor, state, idempotency_key, request_hash, reference, memo, actor, created_at, expires_at, ended_at",
        ),
    ] {
        let rows: serde_json::Value = sqlx::query_scalar(AssertSqlSafe(format!(
            "select coalesce(jsonb_agg(to_jsonb({table})), '[]') from {table}"
        )))
        .fetch_one(&mut source)
        .await
        .unwrap();
        let copy = format!(
            "insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, $1)"
        );
        sqlx::query_scalar::<_, i64>(AssertSqlSafe(copy))
            .bind(rows)
            .fetch_optional(&mut owner)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn the_proof_says_how_much_it_looked_at() {
    let bank = books().await;
    let proof = check_ledger::run(&bank.service.db).await.unwrap();
    assert!(proof.is_sound());
    assert_eq!((proof.accounts, proof.transfers, proof.entries, proof.holds), (3, 5, 10, 2));
}
