-- Group bills: expenses put together for review and payment (000-E17 … E22). What is owed and handed over is not
-- here: the expense service holds that truth.

-- status `reserving` is a bill whose expenses are being allocated (nobody sees it yet), `abandoned` one for which
-- that did not succeed; `approving` is a pending bill whose expenses are being divided by it.
create table bill (
    id             bigint      not null,
    room_id        bigint      not null,
    title          text        not null,
    description    text        not null,
    due_date       date        not null,
    status         text        not null,
    total_minor    bigint      not null,
    currency       text        not null,
    split_type     text        not null,
    created_by     bigint      not null,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    review_comment text        not null default '',
    reviewed_by    bigint,
    reviewed_at    timestamptz,
    version        integer     not null default 1,
    constraint bill_pkey primary key (id),
    constraint bill_status_known check (
        status in ('reserving', 'pending', 'approving', 'approved', 'rejected', 'abandoned')
    ),
    constraint bill_split_type_known check (split_type in ('equal', 'custom', 'percentage', 'shares')),
    constraint bill_currency_shape check (currency ~ '^[A-Z]{3}$'),
    constraint bill_total_positive check (total_minor > 0 or status in ('reserving', 'abandoned')),
    constraint bill_review_whole check (
        (reviewed_by is null) = (reviewed_at is null)
        and (status in ('approving', 'approved', 'rejected')) = (reviewed_by is not null)
    ),
    constraint bill_author_never_reviews check (reviewed_by is distinct from created_by)
);

create index bill_room_idx on bill (room_id, created_at desc, id desc);
create index bill_created_by_idx on bill (created_by);
create index bill_approved_idx on bill (id) where status = 'approved';

-- What is on the bill. Title and category are the expense's when the bill was made.
create table bill_item (
    bill_id      bigint  not null,
    position     integer not null,
    expense_id   bigint  not null,
    amount_minor bigint  not null,
    title        text    not null,
    category     text    not null,
    constraint bill_item_pkey primary key (bill_id, position),
    constraint bill_item_bill_fkey foreign key (bill_id) references bill (id),
    constraint bill_item_expense_key unique (bill_id, expense_id),
    constraint bill_item_amount_positive check (amount_minor > 0)
);

-- Who bears how much of the total, and how much of it he laid out himself as payer of the expenses behind.
create table bill_split (
    id                    bigint  not null,
    bill_id               bigint  not null,
    position              integer not null,
    user_id               bigint  not null,
    amount_minor          bigint  not null,
    laid_out_minor        bigint  not null,
    percentage_hundredths integer not null,
    weight                integer not null,
    constraint bill_split_pkey primary key (id),
    constraint bill_split_bill_fkey foreign key (bill_id) references bill (id),
    constraint bill_split_user_key unique (bill_id, user_id),
    constraint bill_split_amount_not_negative check (amount_minor >= 0)
);

create index bill_split_user_idx on bill_split (user_id, bill_id);

-- Every step of a bill's life, never changed.
create table bill_history (
    bill_id     bigint      not null,
    version     integer     not null,
    from_status text        not null,
    to_status   text        not null,
    actor_id    bigint      not null,
    comment     text        not null,
    at          timestamptz not null,
    constraint bill_history_pkey primary key (bill_id, version)
);

insert into append_only (table_name) values ('bill_history');

-- The legal steps: the one table that code, tests and the check below share.
create table bill_transition (
    from_status text not null,
    to_status   text not null,
    constraint bill_transition_pkey primary key (from_status, to_status)
);

insert into bill_transition (from_status, to_status)
values
    ('reserving', 'pending'),
    ('reserving', 'abandoned'),
    ('pending', 'approving'),
    ('approving', 'approved'),
    ('approving', 'pending'),
    ('pending', 'rejected'),
    ('rejected', 'pending');

insert into append_only (table_name) values ('bill_transition');

alter table bill_history add constraint bill_history_step_legal
    foreign key (from_status, to_status) references bill_transition (from_status, to_status);

-- Who was reminded of which bill on which day: at most once a day.
create table bill_reminder (
    bill_id bigint not null,
    user_id bigint not null,
    day     date   not null,
    constraint bill_reminder_pkey primary key (bill_id, user_id, day)
);
