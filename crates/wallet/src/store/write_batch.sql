-- One batch: transfers whose keys are free, their entries, and the accounts as they are afterwards. Fewer transfers than
-- asked for: a key was used, and the caller rolls back. Legs of a transfer are slices of the columns of entries. What is
-- used of users' days is written over what was there.
with made as (
    insert into transfer (
        id, kind, idempotency_key, request_hash, reference, memo, actor, at, hold_id,
        assets, account_ids, amounts_minor, entry_numbers
    )
    select id, kind, idempotency_key, request_hash, reference, memo, actor, $1, hold_id,
           assets::text[], ($12::bigint[])[first_leg:last_leg], ($15::bigint[])[first_leg:last_leg],
           ($13::bigint[])[first_leg:last_leg]
    from unnest(
        $2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::text[],
        $9::bigint[], $10::text[], $11::integer[], $17::integer[]
    ) as new (
        id, kind, idempotency_key, request_hash, reference, memo, actor, hold_id, assets, first_leg,
        last_leg
    )
    on conflict on constraint transfer_idempotency_key_key do nothing
    returning id
), entered as (
    insert into entry (account_id, number, transfer_id, amount_minor, balance_after_minor, at)
    select account_id, number, transfer_id, amount_minor, balance_after_minor, $1
    from unnest($12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[])
        as new (account_id, number, transfer_id, amount_minor, balance_after_minor)
), changed as (
    update account
    set balance_minor = new.balance_minor,
        held_minor = new.held_minor,
        version = new.version,
        last_entry_number = new.last_entry_number,
        changed_at = $1
    from unnest($18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[])
        as new (id, balance_minor, held_minor, version, last_entry_number)
    where account.id = new.id
), spent as (
    insert into allowance (user_id, day, spent_minor, unproven_minor)
    select user_id, day, spent_minor, unproven_minor
    from unnest($23::bigint[], $24::date[], $25::bigint[], $26::bigint[])
        as new (user_id, day, spent_minor, unproven_minor)
    on conflict on constraint allowance_pkey do update
    set day = excluded.day, spent_minor = excluded.spent_minor, unproven_minor = excluded.unproven_minor
)
select count(id) as "made!"
from made
