-- The legal steps of a refund, held by the database too; and the payments of an order that is named by its number.

-- As domain/refund.rs lists them; a test compares the two.
create table refund_step (
    kind       text not null,
    from_state text not null,
    to_state   text not null,
    constraint refund_step_pkey primary key (kind, from_state, to_state),
    constraint refund_step_kind_known check (kind in ('status', 'stage'))
);

insert into refund_step (kind, from_state, to_state) values
    ('status', 'waiting_approval', 'processing'),
    ('status', 'waiting_approval', 'failed'),
    ('status', 'processing', 'success'),
    ('status', 'processing', 'failed'),
    ('stage', 'new', 'held'),
    ('stage', 'new', 'refused'),
    ('stage', 'held', 'sent'),
    ('stage', 'sent', 'returned'),
    ('stage', 'sent', 'refused');

create function refund_steps_are_legal() returns trigger language plpgsql as $$
begin
    if (new.status <> old.status and not exists (
            select 1 from refund_step
            where kind = 'status' and from_state = old.status and to_state = new.status
        ))
        or (new.stage <> old.stage and not exists (
            select 1 from refund_step
            where kind = 'stage' and from_state = old.stage and to_state = new.stage
        ))
    then
        raise exception 'a refund does not go from % % to % %', old.status, old.stage, new.status, new.stage
            using errcode = 'check_violation', constraint = 'refund_step_legal';
    end if;
    return new;
end
$$;

create trigger refund_step_legal before update of status, stage on refund
for each row execute function refund_steps_are_legal();

create index payment_order_no_idx on payment (order_no);
