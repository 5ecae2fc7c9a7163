-- Money that leaves wallets for accounts outside.

-- The legal steps of a withdrawal, as domain/withdrawal.rs lists them; a test compares the two.
create table withdrawal_step (
    from_status text not null,
    to_status   text not null,
    constraint withdrawal_step_pkey primary key (from_status, to_status)
);

insert into withdrawal_step (from_status, to_status) values
    ('pending', 'processing'),
    ('pending', 'failed'),
    ('processing', 'success'),
    ('processing', 'failed');

create table withdrawal (
    id             bigint      not null,
    -- The provider's out_biz_no, the same on each try.
    withdrawal_no  text        not null,
    user_id        bigint      not null,
    amount_minor   bigint      not null,
    fee_minor      bigint      not null default 0,
    currency       text        not null,
    -- Where the user wants it.
    method         text        not null,
    -- Through whom it goes.
    channel        text        not null,
    account_name   text        not null,
    account_number text        not null,
    bank_name      text        not null default '',
    bank_code      text        not null default '',
    reason         text        not null default '',
    status         text        not null,
    -- How far the money is: new, held, sent, paid, refused.
    stage          text        not null,
    -- The ledger's hold.
    hold_id        bigint,
    transaction_id text,
    failure_code   text,
    failure        text        not null default '',
    -- How often it was sent, and when last without a known answer.
    sends          integer     not null default 0,
    sent_at        timestamptz,
    tries          integer     not null default 0,
    next_try_at    timestamptz,
    version        integer     not null default 1,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    finished_at    timestamptz,
    constraint withdrawal_pkey primary key (id),
    constraint withdrawal_withdrawal_no_key unique (withdrawal_no),
    constraint withdrawal_withdrawal_no_shape check (withdrawal_no ~ '^WDR[0-9A-Z]{5,29}$'),
    constraint withdrawal_amount_positive check (amount_minor > 0),
    constraint withdrawal_fee_within_amount check (fee_minor >= 0 and fee_minor < amount_minor),
    constraint withdrawal_currency_shape check (currency ~ '^[A-Z]{3}$'),
    constraint withdrawal_method_known check (method in ('bank', 'alipay', 'wechat')),
    constraint withdrawal_channel_known check (channel in ('alipay')),
    constraint withdrawal_status_known check (status in ('pending', 'processing', 'success', 'failed')),
    constraint withdrawal_stage_known check (stage in ('new', 'held', 'sent', 'paid', 'refused')),
    constraint withdrawal_ended_has_time check ((status in ('success', 'failed')) = (finished_at is not null)),
    constraint withdrawal_success_is_paid check (status <> 'success' or (stage = 'paid' and hold_id is not null)),
    constraint withdrawal_failed_is_refused check (status <> 'failed' or stage = 'refused'),
    -- Nothing is sent that was not set aside before.
    constraint withdrawal_sent_is_held check (stage not in ('held', 'sent', 'paid') or hold_id is not null),
    constraint withdrawal_sent_has_time check ((sends > 0) = (sent_at is not null))
);

create unique index withdrawal_transaction_key on withdrawal (channel, transaction_id)
where transaction_id is not null;
create index withdrawal_user_idx on withdrawal (user_id, id desc);
create index withdrawal_due_idx on withdrawal (next_try_at) where status in ('pending', 'processing');
create index withdrawal_open_idx on withdrawal (created_at) where status in ('pending', 'processing');

create function withdrawal_steps_are_legal() returns trigger language plpgsql as $$
begin
    if new.status <> old.status
       and not exists (
           select 1 from withdrawal_step where from_status = old.status and to_status = new.status
       )
    then
        raise exception 'a withdrawal does not go from % to %', old.status, new.status
            using errcode = 'check_violation', constraint = 'withdrawal_step_legal';
    end if;
    return new;
end
$$;

create trigger withdrawal_step_legal before update of status on withdrawal
for each row execute function withdrawal_steps_are_legal();

-- Every step, append-only.
create table withdrawal_history (
    id            bigint      generated always as identity,
    withdrawal_id bigint      not null,
    from_status   text,
    to_status     text        not null,
    stage         text        not null,
    actor         text        not null,
    detail        text        not null default '',
    at            timestamptz not null,
    constraint withdrawal_history_pkey primary key (id),
    constraint withdrawal_history_withdrawal_id_fkey foreign key (withdrawal_id) references withdrawal (id)
);

create index withdrawal_history_withdrawal_idx on withdrawal_history (withdrawal_id);

-- What was said to a provider about a withdrawal stands beside what was said about payments.
alter table payment_record add column withdrawal_id bigint;
create index payment_record_withdrawal_idx on payment_record (withdrawal_id) where withdrawal_id is not null;

insert into append_only (table_name) values ('withdrawal_history');
