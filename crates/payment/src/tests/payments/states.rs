//! The steps of payments and refunds: the tables in the code, those in the database, and what the database lets through.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{
    MIGRATIONS,
    domain::{REFUND_STEPS, RefundStatus, STAGE_STEPS, STEPS, Stage, Status},
};

const NEW: &str =
    "insert into payment (id, payment_no, order_id, order_no, user_id, amount_minor, currency, method,
    channel, status, subject, paid_minor, refunded_minor, paid_at, expires_at, created_at, updated_at)";

#[tokio::test]
async fn of_all_pairs_of_states_only_the_legal_ones_pass() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let mut conn = PgConnection::connect(&test_db.url).await.unwrap();
    let listed: Vec<(String, String)> =
        sqlx::query_as("select from_status, to_status from payment_step").fetch_all(&mut conn).await.unwrap();
    assert_eq!(listed.len(), STEPS.len());
    let mut id = 0;
    for from in Status::ALL {
        for to in Status::ALL {
            id += 1;
            let row = format!(
                "{NEW} values ({id}, 'PAY2026{id:06}', {id}, 'o', 1, 100, 'CNY', 'alipay', 'qr', '{}', 's', 100, 100,
                 now(), now(), now(), now())",
                from.as_str()
            );
            sqlx::raw_sql(AssertSqlSafe(row)).execute(&mut conn).await.unwrap();
            let step = format!("update payment set status = '{}' where id = {id}", to.as_str());
            let passed = sqlx::raw_sql(AssertSqlSafe(step)).execute(&mut conn).await.is_ok();
            assert_eq!(passed, from == to || from.may_become(*to), "{from:?} to {to:?}");
            let is_listed = listed.contains(&(from.as_str().to_owned(), to.as_str().to_owned()));
            assert_eq!(is_listed, from.may_become(*to), "{from:?} to {to:?}");
        }
    }
}

#[test]
fn what_has_ended_unpaid_never_becomes_anything_else() {
    for to in Status::ALL {
        assert!(!Status::Failed.may_become(*to) && !Status::Cancelled.may_become(*to));
        assert!(!Status::Refunded.may_become(*to));
    }
}

/// Tries to change a word of a refund from each to each, and gives what passed.
async fn refund_pairs(conn: &mut PgConnection, column: &str, words: &[&str]) -> Vec<(String, String)> {
    let mut passed = Vec::new();
    for from in words {
        for to in words {
            let (status, stage) = if column == "status" { (*from, "sent") } else { ("processing", *from) };
            let ends = |word: &str| if matches!(word, "success" | "failed") { "now()" } else { "null" };
            let ended = if column == "status" { [ends(from), ends(to)] } else { ["null", "null"] };
            let row = format!(
                "delete from refund; insert into refund (id, refund_no, payment_id, user_id, amount_minor, type, status,
                 stage, reason, operator_id, operator_type, created_at, updated_at, finished_at)
                 values (1, 'REF20261', 1, 1, 1, 'full', '{status}', '{stage}', 'r', 1, 'admin', now(), now(), {})",
                ended[0]
            );
            sqlx::raw_sql(AssertSqlSafe(row)).execute(&mut *conn).await.unwrap();
            let step =
                format!("update refund set {column} = '{to}', finished_at = {} where id = 1", ended[1]);
            if sqlx::raw_sql(AssertSqlSafe(step)).execute(&mut *conn).await.is_ok() {
                passed.push(((*from).to_owned(), (*to).to_owned()));
            }
        }
    }
    passed
}

async fn listed(conn: &mut PgConnection, kind: &str) -> Vec<(String, String)> {
    let found = "select from_state, to_state from refund_step where kind = $1 order by 1, 2";
    sqlx::query_as(found).bind(kind).fetch_all(conn).await.unwrap()
}

#[tokio::test]
async fn of_all_pairs_of_states_of_a_refund_only_the_legal_ones_pass() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let mut conn = PgConnection::connect(&test_db.url).await.unwrap();
    let payment = format!(
        "{NEW} values (1, 'PAY20261', 1, 'o', 1, 100, 'CNY', 'alipay', 'qr', 'refunding', 's', 100, 0, now(), now(),
         now(), now())"
    );
    sqlx::raw_sql(AssertSqlSafe(payment)).execute(&mut conn).await.unwrap();
    let statuses: Vec<_> = RefundStatus::ALL.iter().map(|status| status.as_str()).collect();
    let stages: Vec<_> = Stage::ALL.iter().map(|stage| stage.as_str()).collect();
    let legal: [(&str, Vec<_>, Vec<_>); 2] = [
        ("status", statuses, REFUND_STEPS.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect()),
        ("stage", stages, STAGE_STEPS.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect()),
    ];
    for (column, words, steps) in legal {
        let owned = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
        let mut steps: Vec<_> = steps.iter().map(owned).collect();
        steps.sort();
        assert_eq!(listed(&mut conn, column).await, steps, "the database's own list");
        let mut passed = refund_pairs(&mut conn, column, &words).await;
        passed.retain(|(from, to)| from != to);
        passed.sort();
        assert_eq!(passed, steps, "what the database lets through");
    }
}
