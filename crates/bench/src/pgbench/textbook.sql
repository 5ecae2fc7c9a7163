\set number :number + 1
\set giver random(1, 1000)
\set taker 1 + (:giver + random(0, 998)) % 1000
\set amount random(1, 100)
begin;
insert into plain_transfer (id, idempotency_key, from_id, to_id, amount_minor, at) values (:number, 'transfer-' || :number, :giver, :taker, :amount, now()) on conflict do nothing;
select id, balance_minor from plain_account where id in (:giver, :taker) order by id for update;
update plain_account set balance_minor = balance_minor - :amount, version = version + 1 where id = :giver;
update plain_account set balance_minor = balance_minor + :amount, version = version + 1 where id = :taker;
insert into plain_entry (account_id, transfer_id, amount_minor, at) values (:giver, :number, -:amount::bigint, now()), (:taker, :number, :amount, now());
commit;
