\set number :number + 1
\set giver random(1, 1000)
\set taker 1 + (:giver + random(0, 998)) % 1000
\set amount random(1, 100)
with locked as (select id from plain_account where id in (:giver, :taker) order by id for update), made as (insert into plain_transfer (id, idempotency_key, from_id, to_id, amount_minor, at) values (:number, 'transfer-' || :number, :giver, :taker, :amount, now()) on conflict do nothing returning id), entered as (insert into plain_entry (account_id, transfer_id, amount_minor, at) select leg.account_id, made.id, leg.amount_minor, now() from made, (values (:giver::bigint, -:amount::bigint), (:taker::bigint, :amount::bigint)) as leg (account_id, amount_minor)) update plain_account set balance_minor = balance_minor + case when plain_account.id = :giver then -:amount::bigint else :amount::bigint end, version = version + 1 from locked, made where plain_account.id = locked.id;
