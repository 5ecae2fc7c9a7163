-- Expenses of rooms, who laid them out, who shares them, and what has been handed over.
-- Money is in hundredths of the unit (`*_minor`). Every write of a room first locks the room's row in room_ledger.

-- One row for each room that ever had an expense or settlement: the lock of its writers, the number of its living
-- expenses, and who no longer takes part.
create table room_ledger (
    room_id           bigint   not null,
    live_expenses     bigint   not null default 0,
    is_closed         boolean  not null default false,
    closed_member_ids bigint[] not null default '{}',
    constraint room_ledger_pkey primary key (room_id),
    constraint room_ledger_live_not_negative check (live_expenses >= 0)
) with (fillfactor = 60);

-- The living expenses of a room in order of (date, id), counted in blocks, so that a page of any number is found
-- without counting rows. A block holds the expenses from its first key up to the next block's first key.
create table expense_block (
    room_id       bigint  not null,
    first_date    date    not null,
    first_id      bigint  not null,
    live_expenses integer not null,
    constraint expense_block_pkey primary key (room_id, first_date, first_id),
    constraint expense_block_live_not_negative check (live_expenses >= 0)
) with (fillfactor = 60);

-- Who is how much ahead. Maintained with each change, so that reading it never depends on the number of expenses.
create table balance (
    room_id    bigint not null,
    currency   text   not null,
    user_id    bigint not null,
    paid_minor bigint not null,
    owed_minor bigint not null,
    constraint balance_pkey primary key (room_id, currency, user_id)
) with (fillfactor = 60);

create table expense (
    id                 bigint      not null,
    room_id            bigint      not null,
    title              text        not null,
    amount_minor       bigint      not null,
    currency           text        not null,
    category           text        not null,
    description        text        not null,
    date               date        not null,
    split_type         text        not null,
    paid_by            bigint      not null,
    created_by         bigint      not null,
    created_at         timestamptz not null,
    updated_at         timestamptz not null,
    version            integer     not null default 1,
    -- Whether a debt of it is still to be handed over.
    has_open_debt      boolean     not null,
    receipt_upload_ids bigint[]    not null default '{}',
    deleted_at         timestamptz,
    constraint expense_pkey primary key (id),
    constraint expense_amount_positive check (amount_minor > 0),
    constraint expense_currency_shape check (currency ~ '^[A-Z]{3}$'),
    constraint expense_split_type_known check (split_type in ('equal', 'custom', 'percentage', 'shares')),
    constraint expense_version_positive check (version > 0)
);

create index expense_room_idx on expense (room_id, date, id) where deleted_at is null;
create index expense_category_idx on expense (room_id, category, date, id) where deleted_at is null;
create index expense_paid_by_idx on expense (room_id, paid_by, date, id) where deleted_at is null;
create index expense_receipt_idx on expense using gin (receipt_upload_ids) where receipt_upload_ids <> '{}';

-- Who laid out how much; adds up to the expense's amount.
create table expense_payer (
    expense_id   bigint not null,
    user_id      bigint not null,
    amount_minor bigint not null,
    constraint expense_payer_pkey primary key (expense_id, user_id),
    constraint expense_payer_expense_fkey foreign key (expense_id) references expense (id),
    constraint expense_payer_amount_positive check (amount_minor > 0)
);

-- Each person's share; adds up to the expense's amount. debt_minor is what of the share others laid out for him,
-- paid_minor what of it he has handed over.
create table expense_split (
    expense_id            bigint  not null,
    user_id               bigint  not null,
    id                    bigint  not null,
    amount_minor          bigint  not null,
    debt_minor            bigint  not null,
    paid_minor            bigint  not null default 0,
    percentage_hundredths integer,
    weight                integer,
    confirmed_by          bigint,
    confirmed_at          timestamptz,
    constraint expense_split_pkey primary key (expense_id, user_id),
    constraint expense_split_expense_fkey foreign key (expense_id) references expense (id),
    constraint expense_split_amount_not_negative check (amount_minor >= 0),
    constraint expense_split_debt_in_share check (debt_minor between 0 and amount_minor),
    constraint expense_split_paid_not_negative check (paid_minor >= 0)
);

-- Every version of an expense as it was, as an encoded dormpay.expense.v1.Expense. Only grows.
create table expense_history (
    expense_id    bigint      not null,
    version       integer     not null,
    action        text        not null,
    actor_user_id bigint      not null,
    at            timestamptz not null,
    snapshot      bytea       not null,
    constraint expense_history_pkey primary key (expense_id, version),
    constraint expense_history_action_known
        check (action in ('created', 'imported', 'updated', 'divided_by_bill', 'deleted'))
);

-- Money handed over between two members: by hand, by confirming a share, or read from an import.
create table settlement (
    id           bigint      not null,
    room_id      bigint      not null,
    from_user_id bigint      not null,
    to_user_id   bigint      not null,
    amount_minor bigint      not null,
    currency     text        not null,
    date         date        not null,
    kind         text        not null,
    expense_id   bigint,
    bill_id      bigint,
    note         text        not null,
    created_by   bigint      not null,
    created_at   timestamptz not null,
    deleted_at   timestamptz,
    deleted_by   bigint,
    constraint settlement_pkey primary key (id),
    constraint settlement_amount_positive check (amount_minor > 0),
    constraint settlement_between_two check (from_user_id <> to_user_id),
    constraint settlement_currency_shape check (currency ~ '^[A-Z]{3}$'),
    constraint settlement_kind_known check (kind in ('manual', 'split', 'bill', 'import')),
    constraint settlement_split_has_expense check (kind not in ('split', 'bill') or expense_id is not null),
    constraint settlement_bill_has_bill check (kind <> 'bill' or bill_id is not null)
);

create index settlement_room_idx on settlement (room_id, id) where deleted_at is null;

-- Rows of import files that were taken in, so that the same file changes nothing the second time.
create table imported_row (
    room_id       bigint not null,
    row_key       text   not null,
    expense_id    bigint,
    settlement_id bigint,
    constraint imported_row_pkey primary key (room_id, row_key),
    constraint imported_row_has_one check ((expense_id is null) <> (settlement_id is null))
);

insert into append_only (table_name) values ('expense_history'), ('imported_row');
