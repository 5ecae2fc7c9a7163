-- What guards the debits that users ask for themselves: the payment password, and what of a day's limits is used.

-- Argon2id, apart from the login password. A try is counted before it is compared, so that guesses made at once do not
-- pass the limit; the right password sets the count back.
create table payment_password (
    user_id      bigint      not null,
    hash         text        not null,
    -- Grows with every change; what was proven with an older one proves nothing.
    version      bigint      not null default 1,
    tries        integer     not null default 0,
    locked_until timestamptz,
    changed_at   timestamptz not null,
    constraint payment_password_pkey primary key (user_id),
    constraint payment_password_hash_shape check (hash like '$argon2id$%'),
    constraint payment_password_version_positive check (version > 0),
    constraint payment_password_tries_not_negative check (tries >= 0)
);

-- Whoever changes a row holds the lock of the user's account.
create table allowance (
    user_id       bigint not null,
    -- The business day that the sums are of.
    day           date   not null,
    -- CNY, hundredths. What was debited without a password is part of the first.
    spent_minor   bigint not null,
    unproven_minor bigint not null,
    constraint allowance_pkey primary key (user_id),
    constraint allowance_unproven_within_spent check (unproven_minor between 0 and spent_minor)
) with (fillfactor = 50);
