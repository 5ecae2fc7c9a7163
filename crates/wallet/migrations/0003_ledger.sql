-- The double-entry ledger: accounts, transfers with their legs, entries, holds.
--
-- Rows of transfer and entry are never changed. There are no foreign keys: they would cost more than the rest of a
-- transfer, and whoever writes an entry holds the lock of its account; CheckLedger looks for what they would forbid.

-- It had no entries behind it, and nothing wrote to it.
drop table account;

-- Who has how much of what. Half of each page is left free, so that changes stay in it and touch no index.
create table account (
    id                bigint      not null,
    kind              text        not null,
    -- user, merchant: the id; channel, suspense: the channel; revenue, points_issued: nobody.
    owner             text        not null,
    asset             text        not null,
    -- Hundredths of the currency's unit; points are counted whole. What is held is part of the balance.
    balance_minor     bigint      not null default 0,
    held_minor        bigint      not null default 0,
    version           bigint      not null default 0,
    last_entry_number bigint      not null default 0,
    is_frozen         boolean     not null default false,
    may_be_negative   boolean     not null generated always as (kind in ('channel', 'points_issued')) stored,
    -- Entries are never written with an earlier time than this.
    changed_at        timestamptz not null,
    created_at        timestamptz not null,
    constraint account_pkey primary key (id),
    constraint account_kind_owner_asset_key unique (kind, owner, asset),
    constraint account_kind_known check (
        kind in ('user', 'merchant', 'channel', 'suspense', 'revenue', 'points_issued')
    ),
    constraint account_owner_shape check (
        case
            when kind in ('user', 'merchant') then owner ~ '^[1-9][0-9]{0,18}$'
            when kind in ('channel', 'suspense') then owner in ('alipay', 'wechat', 'unionpay')
            else owner = ''
        end
    ),
    constraint account_asset_shape check (
        case
            when kind = 'points_issued' then asset = 'POINTS'
            when kind in ('channel', 'suspense') then asset ~ '^[A-Z]{3}$'
            else asset = 'POINTS' or asset ~ '^[A-Z]{3}$'
        end
    ),
    constraint account_balance_within_bounds check (
        balance_minor between -1000000000000000000 and 1000000000000000000
    ),
    constraint account_balance_not_negative check (may_be_negative or balance_minor >= 0),
    constraint account_held_within_balance check (
        held_minor >= 0 and (may_be_negative or held_minor <= balance_minor)
    ),
    constraint account_version_not_negative check (version >= 0),
    constraint account_last_entry_number_not_negative check (last_entry_number >= 0)
) with (fillfactor = 50);

-- Tells whether amounts add up to zero for each asset; one asset alone stands for all legs.
-- Not in plain SQL: a check would read such a function anew for each statement.
create function legs_balance(assets text[], amounts_minor bigint[]) returns boolean
language plpgsql immutable parallel safe as $$
begin
    return (
        select coalesce(bool_and(sums.total = 0 and sums.legs > 1), false)
        from (
            select sum(leg.amount_minor) as total, count(leg.amount_minor) as legs
            from unnest(
                case
                    when cardinality(assets) = 1 then array_fill(assets[1], array[cardinality(amounts_minor)])
                    else assets
                end,
                amounts_minor
            ) as leg (asset, amount_minor)
            group by leg.asset
        ) as sums
    );
end
$$;

-- What moved, once and for ever. Its legs stand in arrays, so that its entries are found without an index of their own:
-- leg i is entry (account_ids[i], entry_numbers[i]).
create table transfer (
    id              bigint      not null,
    kind            text        not null,
    -- Compared byte by byte.
    idempotency_key text        collate "C" not null,
    request_hash    bytea       not null,
    reference       text        not null,
    memo            text        not null,
    actor           text        not null,
    at              timestamptz not null,
    hold_id         bigint,
    -- One asset if it is that of all legs, else one for each.
    assets          text[]      not null,
    account_ids     bigint[]    not null,
    amounts_minor   bigint[]    not null,
    entry_numbers   bigint[]    not null,
    constraint transfer_pkey primary key (id),
    constraint transfer_idempotency_key_key unique (idempotency_key),
    constraint transfer_idempotency_key_length check (octet_length(idempotency_key) between 1 and 255),
    constraint transfer_request_hash_length check (octet_length(request_hash) = 32),
    constraint transfer_legs_count check (
        cardinality(account_ids) between 2 and 100
        and cardinality(amounts_minor) = cardinality(account_ids)
        and cardinality(entry_numbers) = cardinality(account_ids)
        and cardinality(assets) in (1, cardinality(account_ids))
    ),
    constraint transfer_legs_not_zero check (0 <> all (amounts_minor)),
    constraint transfer_legs_balance check (
        case
            when cardinality(amounts_minor) = 2 and cardinality(assets) = 1
                then amounts_minor[1] + amounts_minor[2] = 0
            else legs_balance(assets, amounts_minor)
        end
    )
);

-- The statement of each account: what it got or gave, and what it had then. Numbers of an account have no gaps.
create table entry (
    account_id          bigint      not null,
    number              bigint      not null,
    transfer_id         bigint      not null,
    amount_minor        bigint      not null,
    balance_after_minor bigint      not null,
    at                  timestamptz not null,
    constraint entry_pkey primary key (account_id, number),
    constraint entry_number_positive check (number > 0),
    constraint entry_amount_not_zero check (amount_minor <> 0)
);

-- Money that is set aside. While a hold is open, its amount less what was settled of it is held.
create table hold (
    id              bigint      not null,
    account_id      bigint      not null,
    amount_minor    bigint      not null,
    settled_minor   bigint      not null default 0,
    state           text        not null default 'open',
    idempotency_key text        not null,
    request_hash    bytea       not null,
    reference       text        not null,
    memo            text        not null,
    actor           text        not null,
    created_at      timestamptz not null,
    expires_at      timestamptz not null,
    ended_at        timestamptz,
    constraint hold_pkey primary key (id),
    constraint hold_idempotency_key_key unique (idempotency_key),
    constraint hold_idempotency_key_length check (octet_length(idempotency_key) between 1 and 255),
    constraint hold_request_hash_length check (octet_length(request_hash) = 32),
    constraint hold_amount_positive check (amount_minor > 0),
    constraint hold_state_known check (state in ('open', 'settled', 'released', 'expired')),
    constraint hold_settled_within_amount check (
        case state
            when 'open' then settled_minor >= 0 and settled_minor < amount_minor
            when 'settled' then settled_minor > 0 and settled_minor <= amount_minor
            else settled_minor >= 0 and settled_minor < amount_minor
        end
    ),
    constraint hold_ended_when_not_open check ((state = 'open') = (ended_at is null))
);

create index hold_open_idx on hold (expires_at) where state = 'open';

insert into append_only (table_name) values ('transfer'), ('entry');

-- Posts one transfer in one statement, for when nobody else waits. It gives no row, and has written nothing, if an
-- account is missing, a rule forbids it or the key was used: then it goes the long way, which knows why.
create function post_alone(
    new_id        bigint,
    new_kind      text,
    new_key       text,
    new_hash      bytea,
    new_reference text,
    new_memo      text,
    new_actor     text,
    new_at        timestamptz,
    new_assets    text[],
    leg_accounts  bigint[],
    leg_amounts   bigint[]
) returns table (
    posted_at timestamptz, numbers bigint[], balances bigint[], helds bigint[], versions bigint[]
) language plpgsql as $$
declare
    holder record;
    holder_id bigint;
    place  integer;
    amount bigint;
begin
    posted_at := new_at;
    numbers := array_fill(0::bigint, array[cardinality(leg_accounts)]);
    balances := numbers;
    helds := numbers;
    versions := numbers;
    -- One by one: each is found by its key, whatever the planner believes of the table.
    for holder_id in select leg.id from unnest(leg_accounts) as leg (id) order by leg.id loop
        select a.balance_minor, a.held_minor, a.version, a.last_entry_number, a.is_frozen, a.may_be_negative, a.changed_at
        into holder
        from account as a
        where a.id = holder_id
        for update;
        if not found then
            return;
        end if;
        place := array_position(leg_accounts, holder_id);
        amount := leg_amounts[place];
        if abs(holder.balance_minor + amount) > 1000000000000000000 then
            return;
        end if;
        if amount < 0 and (
            holder.is_frozen
            or (not holder.may_be_negative and holder.balance_minor + amount < holder.held_minor)
        ) then
            return;
        end if;
        numbers[place] := holder.last_entry_number + 1;
        balances[place] := holder.balance_minor + amount;
        helds[place] := holder.held_minor;
        versions[place] := holder.version + 1;
        posted_at := greatest(posted_at, holder.changed_at);
    end loop;
    insert into transfer (
        id, kind, idempotency_key, request_hash, reference, memo, actor, at,
        assets, account_ids, amounts_minor, entry_numbers
    )
    values (
        new_id, new_kind, new_key, new_hash, new_reference, new_memo, new_actor, posted_at,
        new_assets, leg_accounts, leg_amounts, numbers
    )
    on conflict on constraint transfer_idempotency_key_key do nothing;
    if not found then
        return;
    end if;
    insert into entry (account_id, number, transfer_id, amount_minor, balance_after_minor, at)
    select leg.account_id, leg.number, new_id, leg.amount_minor, leg.balance_minor, posted_at
    from unnest(leg_accounts, numbers, leg_amounts, balances)
        as leg (account_id, number, amount_minor, balance_minor);
    for place in 1 .. cardinality(leg_accounts) loop
        update account as a
        set balance_minor = balances[place],
            version = versions[place],
            last_entry_number = numbers[place],
            changed_at = posted_at
        where a.id = leg_accounts[place];
    end loop;
    return next;
end
$$;
