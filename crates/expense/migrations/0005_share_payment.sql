-- Shares of bills that are paid online. The money stands in the wallet's ledger; here is what it means for debts.

-- online: money of an order that did not fit the debts any more when it was noted.
alter table settlement drop constraint settlement_kind_known;
alter table settlement add constraint settlement_kind_known
    check (kind in ('manual', 'split', 'bill', 'import', 'online'));
alter table settlement add constraint settlement_online_has_bill check (kind <> 'online' or bill_id is not null);

-- Orders whose money has been noted, once.
create table online_order (
    order_no     text        not null,
    bill_id      bigint      not null,
    user_id      bigint      not null,
    amount_minor bigint      not null,
    settled_at   timestamptz not null,
    constraint online_order_pkey primary key (order_no),
    constraint online_order_amount_positive check (amount_minor > 0)
);

-- Refunds of them whose money has been noted, once.
create table online_refund (
    refund_no    text        not null,
    order_no     text        not null,
    amount_minor bigint      not null,
    noted_at     timestamptz not null,
    constraint online_refund_pkey primary key (refund_no),
    constraint online_refund_order_fkey foreign key (order_no) references online_order (order_no),
    constraint online_refund_amount_positive check (amount_minor > 0)
);

-- Which settlements an order made.
create table online_settlement (
    order_no      text   not null,
    settlement_id bigint not null,
    constraint online_settlement_pkey primary key (order_no, settlement_id),
    constraint online_settlement_order_fkey foreign key (order_no) references online_order (order_no),
    constraint online_settlement_settlement_fkey foreign key (settlement_id) references settlement (id)
);

create index settlement_expense_idx on settlement (expense_id, from_user_id)
    where deleted_at is null and expense_id is not null;

insert into append_only (table_name) values ('online_order'), ('online_refund'), ('online_settlement');
