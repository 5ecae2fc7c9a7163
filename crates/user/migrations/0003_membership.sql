-- Memberships (003, contract section 11): time of plans that orders bought. Distribution key: the user's id.

-- One row for each user who ever had a membership: the lock of its changes.
create table membership (
    user_id    bigint      not null,
    updated_at timestamptz not null,
    constraint membership_pkey primary key (user_id)
);

-- Time that an order bought. Grants of a user that count follow each other without a gap, from the one that runs now.
create table membership_grant (
    order_no    text        not null,
    user_id     bigint      not null,
    plan        text        not null,
    days        integer     not null,
    is_upgrade  boolean     not null,
    starts_at   timestamptz not null,
    ends_at     timestamptz not null,
    taken_days  integer     not null default 0,
    -- The upgrade that runs in place of it, and since when.
    replaced_by text,
    replaced_at timestamptz,
    created_at  timestamptz not null,
    constraint membership_grant_pkey primary key (order_no),
    constraint membership_grant_days_positive check (days > 0),
    constraint membership_grant_taken_in_days check (taken_days between 0 and days),
    constraint membership_grant_forward check (ends_at >= starts_at),
    constraint membership_grant_replaced_whole check ((replaced_by is null) = (replaced_at is null)),
    constraint membership_grant_user_fkey foreign key (user_id) references membership (user_id)
);

create index membership_grant_user_idx on membership_grant (user_id, ends_at);

-- Days that refunds took back. returned: given back, or to be taken no more.
create table membership_taking (
    refund_no   text        not null,
    order_no    text        not null,
    days        integer     not null,
    is_returned boolean     not null,
    created_at  timestamptz not null,
    constraint membership_taking_pkey primary key (refund_no),
    constraint membership_taking_days_not_negative check (days >= 0)
);
