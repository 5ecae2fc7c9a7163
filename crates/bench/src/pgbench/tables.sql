-- What a plain transfer needs: accounts that are never overdrawn, transfers with a key that is used once, entries.
create table plain_account (
    id            bigint not null,
    balance_minor bigint not null,
    version       bigint not null default 0,
    constraint plain_account_pkey primary key (id),
    constraint plain_account_balance_not_negative check (balance_minor >= 0)
) with (fillfactor = 50);

create table plain_transfer (
    id              bigint      not null,
    idempotency_key text        not null,
    from_id         bigint      not null,
    to_id           bigint      not null,
    amount_minor    bigint      not null,
    at              timestamptz not null,
    constraint plain_transfer_pkey primary key (id),
    constraint plain_transfer_idempotency_key_key unique (idempotency_key)
);

create table plain_entry (
    account_id   bigint      not null,
    transfer_id  bigint      not null,
    amount_minor bigint      not null,
    at           timestamptz not null,
    constraint plain_entry_pkey primary key (account_id, transfer_id)
);
