-- Accounts of the yardstick: payers 1 to 64, merchants 1000 to 1099. The clearing account (100) ends each transaction as it
-- began it, so that its row is left alone: no two transactions wait for it.
insert into account (id, kind, owner, asset, balance_minor, changed_at, created_at)
select n, 'user', n::text, 'CNY', 1000000000000, now(), now() from generate_series(1, 64) n
union all
select n, 'merchant', n::text, 'CNY', 0, now(), now() from generate_series(1000, 1099) n
