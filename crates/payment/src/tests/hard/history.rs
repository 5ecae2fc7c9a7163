//! What sweepers cost follows what is due, not what has been: counted by the database itself, over 50,000 payments.
//!
//! The very statements run, in a transaction whose own counters tell how many rows they touched.

use sqlx::PgConnection;

use super::*;
use crate::store::{due, payments as paying, refunds};

const PAYMENTS: i64 = 50_000;
const DUE: usize = 7;
/// A statement touches a row to find it, to lock it and to change it.
const TOUCHES: usize = 4;

/// Fifty thousand payments that have ended, each with a refund, and a few that are due.
const PAST: &str = "
    insert into payment (id, payment_no, order_id, order_no, user_id, amount_minor, currency, method, channel, status,
        subject, paid_minor, refunded_minor, paid_at, settled_at, verdict, expires_at, created_at, updated_at)
    select n, 'PAY2025' || lpad(n::text, 9, '0'), n, 'ORD' || n, n % 1000, 100, 'CNY', 'alipay', 'qr',
        'partially_refunded', 's', 100, 50, '2026-02-01', '2026-02-01', 'accepted', '2026-02-01', '2026-02-01',
        '2026-02-01'
    from generate_series(1, 50000) as n;
    insert into refund (id, refund_no, payment_id, user_id, amount_minor, type, status, stage, reason, operator_id,
        operator_type, created_at, updated_at, finished_at)
    select n, 'REF2025' || lpad(n::text, 9, '0'), n, n % 1000, 50, 'partial', 'success', 'returned', 'r', 1, 'admin',
        '2026-02-01', '2026-02-01', '2026-02-01'
    from generate_series(1, 50000) as n;
    insert into payment (id, payment_no, order_id, order_no, user_id, amount_minor, currency, method, channel, status,
        subject, next_query_at, expires_at, created_at, updated_at)
    select 100000 + n, 'PAY2026' || lpad(n::text, 9, '0'), 100000 + n, 'DUE' || n, 7, 100, 'CNY', 'alipay', 'qr',
        'processing', 's', timestamptz '2026-02-28' + n * interval '1 second', '2026-03-02', '2026-02-28', '2026-02-28'
    from generate_series(1, 7) as n;
    insert into refund (id, refund_no, payment_id, user_id, amount_minor, type, status, stage, reason, operator_id,
        operator_type, next_try_at, created_at, updated_at)
    select 100000 + n, 'REF2026' || lpad(n::text, 9, '0'), n, 7, 1, 'partial', 'processing', 'sent', 'r', 1, 'admin',
        '2026-02-28', '2026-02-28', '2026-02-28'
    from generate_series(1, 7) as n;
    analyze payment;
    analyze refund;";

/// What this transaction has read of a table: rows by scanning it, rows by its indexes.
async fn touched(conn: &mut PgConnection, table: &str) -> (i64, i64) {
    let counters =
        "select seq_tup_read, coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = $1";
    sqlx::query_as(counters).bind(table).fetch_one(conn).await.unwrap()
}

/// The counters before a statement.
struct Meter {
    table: &'static str,
    before: (i64, i64),
}

impl Meter {
    async fn start(conn: &mut PgConnection, table: &'static str) -> Self {
        Self { table, before: touched(conn, table).await }
    }

    /// Panics unless its table was read by its indexes alone, and of it no more than is due.
    async fn judge(self, conn: &mut PgConnection, rows: usize, what: &str) {
        let (scanned, fetched) = touched(conn, self.table).await;
        judge((scanned - self.before.0, fetched - self.before.1), (rows, what));
    }
}

fn judge((scanned, fetched): (i64, i64), (rows, what): (usize, &str)) {
    assert_eq!(scanned, 0, "{what} reads a table from end to end");
    assert!(
        usize::try_from(fetched).unwrap() <= rows * TOUCHES,
        "{what} touches {fetched} rows, {rows} are due"
    );
}

#[tokio::test]
async fn the_sweepers_touch_what_is_due_and_nothing_else() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let mut owner = PgConnection::connect(&test_db.url).await.unwrap();
    sqlx::raw_sql(PAST).execute(&mut owner).await.unwrap();
    let total: i64 = sqlx::query_scalar("select count(*) from payment").fetch_one(&mut owner).await.unwrap();
    assert_eq!(total, PAYMENTS + 7);
    let now = noon();
    for round in 0..8 {
        // Often enough for a plan that does not know its parameters.
        let mut tx = owner.begin().await.unwrap();
        let of_payment = Meter::start(&mut tx, "payment").await;
        let found = due::take(&mut tx, now, 16).await.unwrap();
        assert_eq!(found.len(), DUE, "round {round}");
        of_payment.judge(&mut tx, DUE, "looking for payments that are due").await;
        tx.rollback().await.unwrap();
        let mut tx = owner.begin().await.unwrap();
        let of_refund = Meter::start(&mut tx, "refund").await;
        assert_eq!(refunds::take_due(&mut tx, (now, now), 16).await.unwrap().len(), DUE);
        of_refund.judge(&mut tx, DUE, "looking for refunds that are due").await;
        tx.rollback().await.unwrap();
        let mut tx = owner.begin().await.unwrap();
        let of_payment = Meter::start(&mut tx, "payment").await;
        let of_refund = Meter::start(&mut tx, "refund").await;
        let first = found[0].id;
        due::ask_again(&mut tx, first, now).await.unwrap();
        due::ask_by(&mut tx, first, now).await.unwrap();
        due::rest(&mut tx, first).await.unwrap();
        assert!(paying::lock(&mut tx, first).await.unwrap().is_some());
        of_payment.judge(&mut tx, 4, "putting a payment off").await;
        refunds::counts(&mut tx, first).await.unwrap();
        refunds::under_way(&mut tx, first).await.unwrap();
        refunds::put_off(&mut tx, 100_001, now, true).await.unwrap();
        of_refund.judge(&mut tx, 3, "going on with a refund").await;
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn an_order_and_a_number_find_their_payments_without_reading_the_others() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let mut owner = PgConnection::connect(&test_db.url).await.unwrap();
    sqlx::raw_sql(PAST).execute(&mut owner).await.unwrap();
    for round in 0..8 {
        let mut tx = owner.begin().await.unwrap();
        let of_payment = Meter::start(&mut tx, "payment").await;
        assert_eq!(paying::of_order(&mut tx, 17, "").await.unwrap().len(), 1, "round {round}");
        of_payment.judge(&mut tx, 1, "an order by its id").await;
        tx.rollback().await.unwrap();
        let mut tx = owner.begin().await.unwrap();
        let of_payment = Meter::start(&mut tx, "payment").await;
        assert_eq!(paying::of_order(&mut tx, 0, "ORD17").await.unwrap().len(), 1);
        of_payment.judge(&mut tx, 1, "an order by its number").await;
        tx.rollback().await.unwrap();
        let mut tx = owner.begin().await.unwrap();
        let of_payment = Meter::start(&mut tx, "payment").await;
        assert!(paying::by_no(&mut tx, "PAY2025000000017").await.unwrap().is_some());
        of_payment.judge(&mut tx, 1, "a payment by its number").await;
        tx.rollback().await.unwrap();
    }
}
