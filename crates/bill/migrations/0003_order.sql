-- Orders: whatever can be paid (003, 004, contract sections 5 and 11). The money itself stands in the wallet's ledger.

-- What can be ordered. Ids are stable: 004 calls them planId.
create table product (
    id          bigint  not null,
    kind        text    not null,
    name        text    not null,
    price_minor bigint  not null,
    plan        text    not null default '',
    days        integer not null default 0,
    points      bigint  not null default 0,
    position    integer not null,
    is_offered  boolean not null default true,
    constraint product_pkey primary key (id),
    constraint product_kind_known check (kind in ('membership', 'points')),
    constraint product_price_positive check (price_minor > 0),
    constraint product_membership_whole check ((kind = 'membership') = (plan <> '' and days > 0)),
    constraint product_points_whole check ((kind = 'points') = (points > 0))
);

create unique index product_plan_key on product (plan) where kind = 'membership';

insert into product (id, kind, name, price_minor, plan, days, points, position)
values
    (1, 'membership', '月度会员', 9900, 'monthly', 30, 0, 1),
    (2, 'membership', '季度会员', 26800, 'quarterly', 90, 0, 2),
    (3, 'membership', '年度会员', 99900, 'yearly', 365, 0, 3),
    (11, 'points', '1000 积分', 1000, '', 0, 1000, 11),
    (12, 'points', '5500 积分', 5000, '', 0, 5500, 12),
    (13, 'points', '12000 积分', 10000, '', 0, 12000, 13);

create table orders (
    id             bigint      not null,
    order_no       text        not null,
    kind           text        not null,
    user_id        bigint      not null,
    amount_minor   bigint      not null,
    currency       text        not null,
    subject        text        not null,
    status         text        not null,
    refunded_minor bigint      not null default 0,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    -- The last instant at which money for it is in time.
    expires_at     timestamptz not null,
    paid_at        timestamptz,
    payment_no     text,
    -- When what was paid for had been delivered.
    delivered_at   timestamptz,
    cancel_reason  text        not null default '',
    refund_reason  text        not null default '',
    product_id     bigint,
    is_upgrade     boolean     not null default false,
    bill_id        bigint,
    split_id       bigint,
    room_id        bigint,
    merchant_id    bigint,
    version        integer     not null default 1,
    constraint orders_pkey primary key (id),
    constraint orders_order_no_key unique (order_no),
    constraint orders_payment_no_key unique (payment_no),
    constraint orders_order_no_shape check (order_no ~ '^[0-9A-Za-z_-]{6,32}$'),
    constraint orders_kind_known check (kind in ('bill_share', 'membership', 'points', 'recharge', 'external')),
    constraint orders_status_known check (status in ('pending', 'paid', 'refunded', 'cancelled', 'completed')),
    constraint orders_currency_payable check (currency = 'CNY'),
    constraint orders_amount_positive check (amount_minor > 0),
    constraint orders_refunded_in_amount check (refunded_minor between 0 and amount_minor),
    constraint orders_refunded_means_all check ((status = 'refunded') = (refunded_minor = amount_minor)),
    constraint orders_paid_whole check (
        (payment_no is null) = (paid_at is null)
        and (status in ('paid', 'refunded', 'completed')) = (payment_no is not null)
    ),
    constraint orders_delivered_after_payment check (delivered_at is null or payment_no is not null),
    constraint orders_product_named check ((kind in ('membership', 'points')) = (product_id is not null)),
    constraint orders_share_named check (
        (kind = 'bill_share') = (bill_id is not null)
        and (bill_id is null) = (split_id is null)
        and (bill_id is null) = (room_id is null)
    ),
    constraint orders_merchant_named check ((kind = 'external') = (merchant_id is not null)),
    constraint orders_product_fkey foreign key (product_id) references product (id)
);

create index orders_user_idx on orders (user_id, id desc);
create index orders_due_idx on orders (expires_at, id) where status = 'pending';
-- A share has one pending order at most.
create unique index orders_pending_split_key on orders (split_id) where status = 'pending' and split_id is not null;
-- A user has one pending upgrade at most: what is left of his membership pays for one.
create unique index orders_pending_upgrade_key on orders (user_id) where status = 'pending' and is_upgrade;

-- Who gets the money of an order in the ledger.
create table order_credit (
    order_id     bigint  not null,
    position     integer not null,
    kind         text    not null,
    owner        text    not null,
    amount_minor bigint  not null,
    constraint order_credit_pkey primary key (order_id, position),
    constraint order_credit_account_key unique (order_id, kind, owner),
    constraint order_credit_order_fkey foreign key (order_id) references orders (id),
    constraint order_credit_kind_known check (kind in ('user', 'merchant', 'revenue')),
    constraint order_credit_amount_positive check (amount_minor > 0)
);

-- Every step of an order's life, never changed. actor: user:7, service:payment, system.
create table order_history (
    order_id    bigint      not null,
    version     integer     not null,
    from_status text        not null,
    to_status   text        not null,
    actor       text        not null,
    reason      text        not null,
    at          timestamptz not null,
    constraint order_history_pkey primary key (order_id, version)
);

-- The legal steps: the one table that code, tests and the check below share.
create table order_transition (
    from_status text not null,
    to_status   text not null,
    constraint order_transition_pkey primary key (from_status, to_status)
);

insert into order_transition (from_status, to_status)
values
    ('pending', 'paid'),
    ('pending', 'cancelled'),
    ('paid', 'refunded'),
    ('paid', 'completed');

alter table order_history add constraint order_history_step_legal
    foreign key (from_status, to_status) references order_transition (from_status, to_status);

-- What refunds take back of an order beside the money. preparing is an intent: nothing is set aside for sure yet.
create table order_refund (
    refund_no    text        not null,
    order_id     bigint      not null,
    amount_minor bigint      not null,
    state        text        not null,
    reason       text        not null,
    days         integer     not null default 0,
    points       bigint      not null default 0,
    -- The hold of the points in the wallet.
    hold_id      bigint,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    constraint order_refund_pkey primary key (refund_no),
    constraint order_refund_order_fkey foreign key (order_id) references orders (id),
    constraint order_refund_state_known check (state in ('preparing', 'prepared', 'applied', 'released')),
    constraint order_refund_amount_positive check (amount_minor > 0)
);

create index order_refund_order_idx on order_refund (order_id);

-- Who gives how much of a refund back.
create table order_refund_part (
    refund_no    text    not null,
    position     integer not null,
    kind         text    not null,
    owner        text    not null,
    amount_minor bigint  not null,
    constraint order_refund_part_pkey primary key (refund_no, position),
    constraint order_refund_part_refund_fkey foreign key (refund_no) references order_refund (refund_no),
    constraint order_refund_part_kind_known check (kind in ('user', 'merchant', 'revenue')),
    constraint order_refund_part_amount_positive check (amount_minor > 0)
);

insert into append_only (table_name) values ('order_credit'), ('order_history'), ('order_transition'), ('order_refund_part');
