//! The steps of a withdrawal: the table in the code, the one in the database, and what the database lets through.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{
    MIGRATIONS,
    domain::{WITHDRAWAL_STEPS, WithdrawalStatus, masked},
};

#[tokio::test]
async fn of_all_pairs_of_states_only_the_legal_ones_pass() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let mut conn = PgConnection::connect(&test_db.url).await.unwrap();
    let listed: Vec<(String, String)> = sqlx::query_as("select from_status, to_status from withdrawal_step")
        .fetch_all(&mut conn)
        .await
        .unwrap();
    assert_eq!(listed.len(), WITHDRAWAL_STEPS.len());
    let stage = |of: WithdrawalStatus| match of {
        WithdrawalStatus::Failed => "refused",
        WithdrawalStatus::Success => "paid",
        _ => "sent",
    };
    let ended = |of: WithdrawalStatus| if of.has_ended() { "now()" } else { "null" };
    let mut id = 0;
    for from in WithdrawalStatus::ALL {
        for to in WithdrawalStatus::ALL {
            id += 1;
            let row = format!(
                "insert into withdrawal (id, withdrawal_no, user_id, amount_minor, currency, method, channel,
                     account_name, account_number, status, stage, hold_id, sends, sent_at, created_at, updated_at,
                     finished_at)
                 values ({id}, 'WDR2026{id:06}', 1, 100, 'CNY', 'bank', 'alipay', 'n', '1', '{}', '{}', 1, 1, now(),
                     now(), now(), {})",
                from.as_str(),
                stage(*from),
                ended(*from),
            );
            sqlx::raw_sql(AssertSqlSafe(row)).execute(&mut conn).await.unwrap();
            let step = format!(
                "update withdrawal set status = '{}', stage = '{}', finished_at = {} where id = {id}",
                to.as_str(),
                stage(*to),
                ended(*to),
            );
            let passed = sqlx::raw_sql(AssertSqlSafe(step)).execute(&mut conn).await.is_ok();
            let is_legal = from == to || WITHDRAWAL_STEPS.contains(&(*from, *to));
            assert_eq!(passed, is_legal, "{from:?} to {to:?}");
            let is_listed = listed.contains(&(from.as_str().to_owned(), to.as_str().to_owned()));
            assert_eq!(is_listed, WITHDRAWAL_STEPS.contains(&(*from, *to)), "{from:?} to {to:?}");
        }
    }
}

#[test]
fn a_number_shows_its_last_four_characters_alone() {
    assert_eq!(masked("6222000000001234"), "****1234");
    assert_eq!(masked("zhang@example.com"), "****.com");
    for short in ["1", "1234", "1234567"] {
        assert_eq!(masked(short), "****", "{short}");
    }
}
