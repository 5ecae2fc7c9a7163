//! The steps of a payment: the table in the code, the one in the database, and what the database lets through.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{
    MIGRATIONS,
    domain::{STEPS, Status},
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
