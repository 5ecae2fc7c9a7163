-- What is counted and summed up for a room, worked out from its rows: for proofs, for repairs, and for rooms that are
-- filled by hand.

-- Every movement that makes the balances: expenses by payer and by share, settlements by giver and by taker.
create view balance_from_rows as
select e.room_id, e.currency, e.date, p.user_id, p.amount_minor as paid_minor, 0::bigint as owed_minor
from expense e
join expense_payer p on p.expense_id = e.id
where e.deleted_at is null
union all
select e.room_id, e.currency, e.date, s.user_id, 0, s.amount_minor
from expense e
join expense_split s on s.expense_id = e.id
where e.deleted_at is null
union all
select room_id, currency, date, from_user_id, amount_minor, 0
from settlement
where deleted_at is null
union all
select room_id, currency, date, to_user_id, 0, amount_minor
from settlement
where deleted_at is null;

-- Counts the living expenses of a room anew and cuts them into blocks of 256; the application cuts a block in two
-- when it reaches twice that.
create function recount_expenses(room bigint) returns void language sql as $$
    insert into room_ledger (room_id) values (room) on conflict on constraint room_ledger_pkey do nothing;

    update room_ledger
    set live_expenses = (select count(*) from expense where room_id = room and deleted_at is null)
    where room_id = room;

    delete from expense_block where room_id = room;

    insert into expense_block (room_id, first_date, first_id, live_expenses) values (room, date '0001-01-01', 0, 0);

    insert into expense_block (room_id, first_date, first_id, live_expenses)
    select
        room,
        case when block = 0 then date '0001-01-01' else min(date) end,
        case when block = 0 then 0 else min(id) filter (where place = 0) end,
        count(*)::integer
    from (
        select
            date,
            id,
            (row_number() over by_key - 1) / 256 as block,
            (row_number() over by_key - 1) % 256 as place
        from expense
        where room_id = room
          and deleted_at is null
        window by_key as (order by date, id)
    ) as numbered
    group by block
    on conflict on constraint expense_block_pkey do update set live_expenses = excluded.live_expenses;
$$;

-- Sums the balances of a room up anew.
create function recount_balances(room bigint) returns void language sql as $$
    delete from balance where room_id = room;

    insert into balance (room_id, currency, user_id, paid_minor, owed_minor)
    select room_id, currency, user_id, sum(paid_minor)::bigint, sum(owed_minor)::bigint
    from balance_from_rows
    where room_id = room
    group by room_id, currency, user_id;
$$;
