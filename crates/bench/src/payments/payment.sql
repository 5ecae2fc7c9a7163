\set base :base + 64
\set id :base + :client_id
\set payer 1 + random(0, 63)
\set merchant random(1000, 1099)
\set amount random(1, 99)
begin;
insert into orders (id, order_no, kind, user_id, amount_minor, currency, subject, status, created_at, updated_at, expires_at, merchant_id) values (:id, 'BENCH' || :id::text, 'external', :payer, :amount, 'CNY', 'Groceries for the dorm', 'pending', now(), now(), now() + interval '30 minutes', :merchant);
insert into order_credit (order_id, position, kind, owner, amount_minor) values (:id, 1, 'merchant', :merchant::text, :amount);
insert into payment (id, payment_no, order_id, order_no, user_id, amount_minor, currency, method, channel, status, subject, expires_at, extra, client_ip, next_query_at, created_at, updated_at) values (:id, 'PAY' || lpad(:id::text, 22, '0'), :id, 'BENCH' || :id::text, :payer, :amount, 'CNY', 'balance', 'web', 'processing', 'Groceries for the dorm', now() + interval '15 minutes', '{"merchantId": 1000}', '127.0.0.1', now() + interval '5 seconds', now(), now());
insert into payment_history (payment_id, to_status, cause, actor, at) values (:id, 'processing', 'creation', 'user:' || :payer::text, now());
insert into transfer (id, kind, idempotency_key, request_hash, reference, memo, actor, at, assets, account_ids, amounts_minor, entry_numbers) values (:id::bigint * 2, 'payment', 'payment:' || :id::text || ' debit', sha256(int8send(:id)), 'PAY' || lpad(:id::text, 22, '0'), 'Groceries for the dorm', 'user:' || :payer::text, now(), '{CNY}', array[:payer, 100]::bigint[], array[-:amount::bigint, :amount::bigint], array[:id, :id]::bigint[]);
insert into entry (account_id, number, transfer_id, amount_minor, balance_after_minor, at) values (:payer, :id, :id::bigint * 2, -:amount::bigint, 1000000, now()), (100, :id, :id::bigint * 2, :amount, 1000000, now());
update payment set status = 'success', paid_minor = :amount, transaction_id = 'debit' || :id::text, paid_at = now(), next_query_at = now() + interval '2 minutes', version = version + 1, updated_at = now() where id = :id and status = 'processing';
insert into payment_history (payment_id, from_status, to_status, cause, actor, at) values (:id, 'processing', 'success', 'balance', 'system', now());
update orders set status = 'paid', paid_at = now(), payment_no = 'PAY' || lpad(:id::text, 22, '0'), version = version + 1, updated_at = now() where id = :id and status = 'pending';
insert into order_history (order_id, version, from_status, to_status, actor, reason, at) values (:id, 2, 'pending', 'paid', 'service payment', 'PAY' || lpad(:id::text, 22, '0'), now());
update payment set verdict = 'accepted', version = version + 1, updated_at = now() where id = :id;
insert into transfer (id, kind, idempotency_key, request_hash, reference, memo, actor, at, assets, account_ids, amounts_minor, entry_numbers) values (:id::bigint * 2 + 1, 'payment', 'payment:' || :id::text, sha256(int8send(:id)), 'PAY' || lpad(:id::text, 22, '0'), '', 'service payment', now(), '{CNY}', array[100, :merchant]::bigint[], array[-:amount::bigint, :amount::bigint], array[:id + 1000000000000, :id]::bigint[]);
insert into entry (account_id, number, transfer_id, amount_minor, balance_after_minor, at) values (100, :id + 1000000000000, :id::bigint * 2 + 1, -:amount::bigint, 1000000, now()), (:merchant, :id, :id::bigint * 2 + 1, :amount, 1000000, now());
update payment set settled_at = now(), next_query_at = null, version = version + 1, updated_at = now() where id = :id and settled_at is null;
with written as (insert into audit (actor_kind, actor_id, action, subject, before, after, client_address, request_id) select 'user', :payer::bigint, 'payment.changed', 'payment:' || :id::text, '{"status": "processing"}', '{"status": "success", "cause": "balance", "detail": ""}', '127.0.0.1', md5(:id::text) from generate_series(1, 4) returning id) insert into audit_seal (position, audit_id, prev_hash, hash) select id, id, sha256(int8send(id)), sha256(int8send(id + 1)) from written;
with written as (insert into outbox (queue, order_key, kind, payload, available_at) select 'payment.live', :id, 'payment_news', decode(repeat('ab', 300), 'hex'), now() from generate_series(1, 5) returning id) select count(id) from written;
delete from outbox where queue = 'payment.live' and order_key = :id;
insert into allowance (user_id, day, spent_minor, unproven_minor) values (:payer, current_date, :amount, :amount) on conflict on constraint allowance_pkey do update set spent_minor = allowance.spent_minor + excluded.spent_minor, unproven_minor = allowance.unproven_minor + excluded.unproven_minor;
update account set balance_minor = balance_minor - :amount, version = version + 1, last_entry_number = last_entry_number + 1, changed_at = now() where id = :payer;
update account set balance_minor = balance_minor + :amount, version = version + 1, last_entry_number = last_entry_number + 1, changed_at = now() where id = :merchant;
commit;
