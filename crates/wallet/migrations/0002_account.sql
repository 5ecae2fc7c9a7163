-- What users have with us, in each currency. The ledger's own issue adds the entries whose sum a balance is, and the
-- other kinds of accounts; until then nothing writes here.
create table account (
    id            bigint      not null,
    kind          text        not null,
    user_id       bigint      not null,
    currency      text        not null,
    -- Hundredths of the currency's unit. What is held is part of the balance; the rest is available.
    balance_minor bigint      not null default 0,
    held_minor    bigint      not null default 0,
    version       bigint      not null default 0,
    created_at    timestamptz not null default now(),
    constraint account_pkey primary key (id),
    constraint account_user_id_kind_currency_key unique (user_id, kind, currency),
    constraint account_kind_known check (kind in ('user')),
    constraint account_currency_shape check (currency ~ '^[A-Z]{3}$'),
    constraint account_balance_not_negative check (balance_minor >= 0),
    constraint account_held_within_balance check (held_minor between 0 and balance_minor),
    constraint account_version_not_negative check (version >= 0)
);
