//! What must hold at any instant, asked of the database itself: each query must return no row.

use sqlx::PgConnection;

use super::world::World;

/// Fails the test if the books of any room are wrong.
pub(super) async fn assert_books(world: &World) {
    let mut conn = world.test_db.owner().await;
    let mut broken = Vec::new();
    broken.extend(balances(&mut conn).await);
    broken.extend(sums(&mut conn).await);
    broken.extend(counts(&mut conn).await);
    broken.extend(handed_over(&mut conn).await);
    broken.extend(bills(&mut conn).await);
    broken.extend(histories(&mut conn).await);
    assert_eq!(broken, Vec::<String>::new());
}

/// The table of balances equals what the rows add up to, and adds up to zero.
async fn balances(conn: &mut PgConnection) -> Vec<String> {
    let differing = sqlx::query_scalar!(
        r#"with rows as (
             select room_id, currency, user_id, sum(paid_minor) as paid, sum(owed_minor) as owed
             from balance_from_rows
             group by room_id, currency, user_id
         )
         select format('balance of %s in %s', user_id, room_id) as "broken!"
         from balance
         full join rows using (room_id, currency, user_id)
         where coalesce(balance.paid_minor, 0) <> coalesce(rows.paid, 0)
            or coalesce(balance.owed_minor, 0) <> coalesce(rows.owed, 0)
         union all
         select format('sum of %s in %s', currency, room_id)
         from balance
         group by room_id, currency
         having sum(paid_minor) <> sum(owed_minor)"#,
    );
    differing.fetch_all(conn).await.unwrap()
}

/// I9: shares and payers add up to the expense, shares are not negative, debts are what shares exceed payments.
async fn sums(conn: &mut PgConnection) -> Vec<String> {
    let differing = sqlx::query_scalar!(
        r#"select format('shares of %s', e.id) as "broken!"
         from expense e
         join expense_split s on s.expense_id = e.id
         group by e.id, e.amount_minor
         having sum(s.amount_minor) <> e.amount_minor
             or min(s.amount_minor) < 0
         union all
         select format('payers of %s', e.id)
         from expense e
         join expense_payer p on p.expense_id = e.id
         group by e.id, e.amount_minor
         having sum(p.amount_minor) <> e.amount_minor
         union all
         select format('debt of %s for %s', s.user_id, s.expense_id)
         from expense_split s
         left join expense_payer p on p.expense_id = s.expense_id and p.user_id = s.user_id
         where s.debt_minor <> greatest(s.amount_minor - coalesce(p.amount_minor, 0), 0)
         union all
         select format('open debt of %s', e.id)
         from expense e
         join expense_split s on s.expense_id = e.id
         group by e.id
         having e.has_open_debt <> bool_or(s.paid_minor < s.debt_minor)"#,
    );
    differing.fetch_all(conn).await.unwrap()
}

/// The counted expenses and blocks equal the rows, and every expense is counted in its own block.
async fn counts(conn: &mut PgConnection) -> Vec<String> {
    let differing = sqlx::query_scalar!(
        r#"select format('expenses of room %s', room_id) as "broken!"
         from room_ledger
         where live_expenses <> (
             select count(*) from expense where expense.room_id = room_ledger.room_id and deleted_at is null
         )
         union all
         select format('block %s %s of room %s', first_date, first_id, room_id)
         from (
             select
                 *,
                 lead(first_date) over (partition by room_id order by first_date, first_id) as end_date,
                 lead(first_id) over (partition by room_id order by first_date, first_id) as end_id
             from expense_block
         ) as block
         where live_expenses >= 512
            or live_expenses <> (
                select count(*)
                from expense
                where expense.room_id = block.room_id
                  and deleted_at is null
                  and (date, id) >= (block.first_date, block.first_id)
                  and (block.end_date is null or (date, id) < (block.end_date, block.end_id))
            )"#,
    );
    differing.fetch_all(conn).await.unwrap()
}

/// Confirmations of a share and its settlements are the same money, and never more than was ever owed.
async fn handed_over(conn: &mut PgConnection) -> Vec<String> {
    let differing = sqlx::query_scalar!(
        r#"select format('handed over by %s for %s', s.user_id, s.expense_id) as "broken!"
         from expense_split s
         where s.paid_minor <> (
             select coalesce(sum(amount_minor), 0)
             from settlement t
             where t.expense_id = s.expense_id
               and t.from_user_id = s.user_id
               and t.kind in ('split', 'bill')
               and t.deleted_at is null
         )"#,
    );
    differing.fetch_all(conn).await.unwrap()
}

/// Parts of sealed bills add up to items and shares and lie within the expenses; bills never exceed an expense.
async fn bills(conn: &mut PgConnection) -> Vec<String> {
    let differing = sqlx::query_scalar!(
        r#"select format('item %s of bill %s', i.expense_id, i.bill_id) as "broken!"
         from bill_item i
         join bill_part p on p.bill_id = i.bill_id and p.expense_id = i.expense_id
         group by i.bill_id, i.expense_id, i.amount_minor
         having sum(p.share_minor) <> i.amount_minor
             or sum(p.laid_out_minor) <> i.amount_minor
         union all
         select format('share of %s in bill %s', s.user_id, s.bill_id)
         from bill_share s
         where s.amount_minor <> (
             select coalesce(sum(share_minor), 0)
             from bill_part p
             where p.bill_id = s.bill_id and p.user_id = s.user_id
         )
         union all
         select format('parts of %s in %s', p.user_id, p.expense_id)
         from bill_part p
         left join expense_split s on s.expense_id = p.expense_id and s.user_id = p.user_id
         group by p.expense_id, p.user_id, s.amount_minor, s.paid_minor
         having sum(p.share_minor) > coalesce(s.amount_minor, 0)
             or sum(p.paid_minor) > coalesce(s.paid_minor, 0)
             or sum(p.debt_minor - p.paid_minor) > greatest(max(s.debt_minor) - max(s.paid_minor), 0)
         union all
         select format('expense %s', e.id)
         from expense e
         join bill_item i on i.expense_id = e.id
         join bill b on b.id = i.bill_id and b.state <> 'released'
         group by e.id, e.amount_minor
         having sum(i.amount_minor) > e.amount_minor"#,
    );
    differing.fetch_all(conn).await.unwrap()
}

/// Every expense has every version from 1 to its own.
async fn histories(conn: &mut PgConnection) -> Vec<String> {
    let differing = sqlx::query_scalar!(
        r#"select format('history of %s', e.id) as "broken!"
         from expense e
         left join expense_history h on h.expense_id = e.id
         group by e.id, e.version
         having count(h.version) <> e.version
             or max(h.version) is distinct from e.version"#,
    );
    differing.fetch_all(conn).await.unwrap()
}
