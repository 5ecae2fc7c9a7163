-- What the bills of the bill service take from the expenses of this one, and the disputes of shares.

-- A bill as far as expenses are concerned. allocated: waits for review; sealed: approved, its division is the
-- expenses' division; released: rejected.
create table bill (
    id       bigint  not null,
    -- 0 for a bill that was released before it was ever allocated.
    room_id  bigint  not null,
    currency text    not null,
    state    text    not null,
    -- The newest sending of the bill that was heard of; older calls come too late.
    version  integer not null,
    constraint bill_pkey primary key (id),
    constraint bill_state_known check (state in ('allocated', 'sealed', 'released'))
);

-- How much of which expense a bill takes. Rows of a released bill are kept until it is allocated anew.
create table bill_item (
    bill_id      bigint  not null,
    expense_id   bigint  not null,
    position     integer not null,
    amount_minor bigint  not null,
    constraint bill_item_pkey primary key (bill_id, expense_id),
    constraint bill_item_bill_fkey foreign key (bill_id) references bill (id),
    constraint bill_item_expense_fkey foreign key (expense_id) references expense (id),
    constraint bill_item_amount_positive check (amount_minor > 0)
);

create index bill_item_expense_idx on bill_item (expense_id, bill_id);

-- The division of a sealed bill: what a user laid out for and shares of the billed part of an expense, what of
-- it he owes to others, and what of that he has handed over.
create table bill_part (
    bill_id        bigint not null,
    expense_id     bigint not null,
    user_id        bigint not null,
    laid_out_minor bigint not null,
    share_minor    bigint not null,
    debt_minor     bigint not null,
    paid_minor     bigint not null,
    constraint bill_part_pkey primary key (bill_id, expense_id, user_id),
    constraint bill_part_item_fkey foreign key (bill_id, expense_id) references bill_item (bill_id, expense_id),
    constraint bill_part_laid_out_not_negative check (laid_out_minor >= 0),
    constraint bill_part_share_not_negative check (share_minor >= 0),
    constraint bill_part_debt_in_share check (debt_minor between 0 and share_minor),
    constraint bill_part_paid_in_debt check (paid_minor between 0 and debt_minor)
);

create index bill_part_expense_idx on bill_part (expense_id, user_id);

-- Each user's share of a sealed bill, and who last confirmed it. Debt and payment are sums of bill_part.
create table bill_share (
    bill_id        bigint   not null,
    user_id        bigint   not null,
    amount_minor   bigint   not null,
    -- To whom the debts behind the share go, sorted.
    payee_user_ids bigint[] not null,
    confirmed_by   bigint,
    confirmed_at   timestamptz,
    constraint bill_share_pkey primary key (bill_id, user_id),
    constraint bill_share_bill_fkey foreign key (bill_id) references bill (id),
    constraint bill_share_amount_not_negative check (amount_minor >= 0)
);

-- An objection to one share, of an expense or of a sealed bill. While it is open the share is frozen.
create table dispute (
    id             bigint      not null,
    room_id        bigint      not null,
    expense_id     bigint,
    bill_id        bigint,
    split_id       bigint      not null,
    debtor_user_id bigint      not null,
    opened_by      bigint      not null,
    reason         text        not null,
    status         text        not null default 'open',
    comment        text        not null default '',
    resolved_by    bigint,
    created_at     timestamptz not null,
    resolved_at    timestamptz,
    constraint dispute_pkey primary key (id),
    constraint dispute_about_one check ((expense_id is null) <> (bill_id is null)),
    constraint dispute_status_known check (status in ('open', 'upheld', 'rejected')),
    constraint dispute_resolved_by_somebody check ((status = 'open') = (resolved_by is null)),
    constraint dispute_resolved_once check ((status = 'open') = (resolved_at is null))
);

create unique index dispute_open_expense_key on dispute (expense_id, debtor_user_id)
    where status = 'open' and expense_id is not null;
create unique index dispute_open_bill_key on dispute (bill_id, debtor_user_id)
    where status = 'open' and bill_id is not null;
create index dispute_room_idx on dispute (room_id, id);
