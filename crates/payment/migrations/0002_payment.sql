-- Attempts to pay orders, what became of them, and what was said to the providers.

-- The legal steps of a payment, as domain/status.rs lists them; a test compares the two.
create table payment_step (
    from_status text not null,
    to_status   text not null,
    constraint payment_step_pkey primary key (from_status, to_status)
);

insert into payment_step (from_status, to_status) values
    ('pending', 'processing'),
    ('pending', 'failed'),
    ('pending', 'cancelled'),
    ('processing', 'success'),
    ('processing', 'failed'),
    ('processing', 'cancelled'),
    ('success', 'refunding'),
    ('refunding', 'success'),
    ('refunding', 'partially_refunded'),
    ('refunding', 'refunded'),
    ('partially_refunded', 'refunding');

create table payment (
    id             bigint      not null,
    -- The provider's out_trade_no.
    payment_no     text        not null,
    order_id       bigint      not null,
    order_no       text        not null,
    user_id        bigint      not null,
    amount_minor   bigint      not null,
    currency       text        not null,
    method         text        not null,
    channel        text        not null,
    status         text        not null,
    subject        text        not null,
    description    text        not null default '',
    -- What leads the payer to the cashier; a secret of the payer while it can be paid.
    handout        jsonb,
    transaction_id text,
    paid_minor     bigint      not null default 0,
    fee_minor      bigint      not null default 0,
    refunded_minor bigint      not null default 0,
    -- Refunds under way or waiting for approval.
    reserved_minor bigint      not null default 0,
    paid_at        timestamptz,
    expires_at     timestamptz not null,
    close_reason   text        not null default '',
    remark         text        not null default '',
    frozen_reason  text,
    -- The order was paid by another payment when this one succeeded: its money goes back.
    is_extra       boolean     not null default false,
    -- What the order said: accepted, late, double, mismatch.
    verdict        text,
    settled_at     timestamptz,
    deleted_at     timestamptz,
    return_url     text        not null default '',
    notify_url     text        not null default '',
    extra          jsonb,
    device         jsonb,
    client_ip      text        not null default '',
    query_tries    integer     not null default 0,
    next_query_at  timestamptz,
    version        integer     not null default 1,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    constraint payment_pkey primary key (id),
    constraint payment_payment_no_key unique (payment_no),
    constraint payment_payment_no_shape check (payment_no ~ '^PAY[0-9A-Z]{5,29}$'),
    constraint payment_amount_positive check (amount_minor > 0),
    constraint payment_paid_not_negative check (paid_minor >= 0 and fee_minor >= 0),
    constraint payment_refunds_within_paid check (
        refunded_minor >= 0 and reserved_minor >= 0 and refunded_minor + reserved_minor <= paid_minor
    ),
    constraint payment_currency_shape check (currency ~ '^[A-Z]{3}$'),
    constraint payment_method_known check (method in ('alipay', 'wechat', 'unionpay', 'balance')),
    constraint payment_channel_known check (channel in ('app', 'web', 'h5', 'qr')),
    constraint payment_status_known check (
        status in (
            'pending', 'processing', 'success', 'failed', 'cancelled', 'refunding', 'partially_refunded', 'refunded'
        )
    ),
    constraint payment_verdict_known check (verdict in ('accepted', 'late', 'double', 'mismatch')),
    constraint payment_success_has_money check (
        status not in ('success', 'refunding', 'partially_refunded', 'refunded')
        or (paid_minor > 0 and paid_at is not null)
    ),
    constraint payment_refunded_is_all check (status <> 'refunded' or refunded_minor = paid_minor)
);

create unique index payment_open_key on payment (order_id, method) where status in ('pending', 'processing');
create unique index payment_success_key on payment (order_id)
where status in ('success', 'refunding', 'partially_refunded', 'refunded') and not is_extra;
create unique index payment_transaction_key on payment (method, transaction_id) where transaction_id is not null;
-- Open payments, and money that order and ledger have not heard of yet.
create index payment_due_idx on payment (next_query_at) where next_query_at is not null;
create index payment_user_idx on payment (user_id, created_at desc, id desc);
create index payment_order_idx on payment (order_id);
create index payment_created_idx on payment (created_at desc, id desc);
create index payment_frozen_idx on payment (id) where frozen_reason is not null;

create function payment_steps_are_legal() returns trigger language plpgsql as $$
begin
    if new.status <> old.status
       and not exists (
           select 1 from payment_step where from_status = old.status and to_status = new.status
       )
    then
        raise exception 'a payment does not go from % to %', old.status, new.status
            using errcode = 'check_violation', constraint = 'payment_step_legal';
    end if;
    return new;
end
$$;

create trigger payment_step_legal before update of status on payment
for each row execute function payment_steps_are_legal();

-- Every step, append-only.
create table payment_history (
    id          bigint      generated always as identity,
    payment_id  bigint      not null,
    from_status text,
    to_status   text        not null,
    cause       text        not null,
    actor       text        not null,
    detail      text        not null default '',
    at          timestamptz not null,
    constraint payment_history_pkey primary key (id),
    constraint payment_history_payment_id_fkey foreign key (payment_id) references payment (id)
);

create index payment_history_payment_idx on payment_history (payment_id);

-- What went to a provider and came from it (003-R06), append-only, secrets masked.
create table payment_record (
    id          bigint      generated always as identity,
    payment_id  bigint,
    refund_id   bigint,
    method      text        not null,
    operation   text        not null,
    http_status integer,
    outcome     text        not null,
    answer      jsonb       not null,
    at          timestamptz not null,
    constraint payment_record_pkey primary key (id)
);

create index payment_record_payment_idx on payment_record (payment_id);

-- What providers told us unasked, each once.
create table provider_event (
    method     text        not null,
    event_key  text        not null,
    payment_id bigint      not null,
    at         timestamptz not null,
    constraint provider_event_pkey primary key (method, event_key)
);

create table refund (
    id                 bigint      not null,
    refund_no          text        not null,
    payment_id         bigint      not null,
    user_id            bigint      not null,
    amount_minor       bigint      not null,
    type               text        not null,
    status             text        not null,
    -- How far the money is: new, held, sent, returned, refused.
    stage              text        not null,
    reason             text        not null,
    description        text        not null default '',
    operator_id        bigint      not null,
    operator_type      text        not null,
    approved_by        bigint,
    failure_code       text,
    failure            text        not null default '',
    provider_refund_id text,
    is_automatic       boolean     not null default false,
    notify_url         text        not null default '',
    extra              jsonb,
    -- Ids of the ledger's holds, in the order of the order's credits.
    holds              bigint[]    not null default '{}',
    tries              integer     not null default 0,
    next_try_at        timestamptz,
    version            integer     not null default 1,
    created_at         timestamptz not null,
    updated_at         timestamptz not null,
    finished_at        timestamptz,
    constraint refund_pkey primary key (id),
    constraint refund_refund_no_key unique (refund_no),
    constraint refund_payment_id_fkey foreign key (payment_id) references payment (id),
    constraint refund_refund_no_shape check (refund_no ~ '^REF[0-9A-Z]{5,29}$'),
    constraint refund_amount_positive check (amount_minor > 0),
    constraint refund_type_known check (type in ('full', 'partial')),
    constraint refund_status_known check (status in ('waiting_approval', 'processing', 'success', 'failed')),
    constraint refund_stage_known check (stage in ('new', 'held', 'sent', 'returned', 'refused')),
    constraint refund_operator_type_known check (operator_type in ('user', 'merchant', 'admin')),
    constraint refund_ended_has_time check ((status in ('success', 'failed')) = (finished_at is not null))
);

create index refund_payment_idx on refund (payment_id);
create index refund_user_idx on refund (user_id, id desc);
create index refund_due_idx on refund (next_try_at) where status = 'processing';

-- Money that came late, twice or mismatched. It is booked to the channel's suspense account and goes back.
create table suspense (
    id           bigint      not null,
    payment_id   bigint      not null,
    reason       text        not null,
    amount_minor bigint      not null,
    detail       text        not null default '',
    refund_id    bigint      not null,
    at           timestamptz not null,
    constraint suspense_pkey primary key (id),
    constraint suspense_payment_id_key unique (payment_id),
    constraint suspense_payment_id_fkey foreign key (payment_id) references payment (id),
    constraint suspense_refund_id_fkey foreign key (refund_id) references refund (id),
    constraint suspense_reason_known check (reason in ('late', 'double', 'mismatch')),
    constraint suspense_amount_positive check (amount_minor > 0)
);

insert into append_only (table_name)
values ('payment_history'), ('payment_record'), ('provider_event'), ('suspense');
