-- Users whom rules always allow or always refuse, put here by administrators. A user stands on one list at most.
create table list_entry (
    user_id    bigint      not null,
    kind       text        not null,
    reason     text        not null,
    created_by bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint list_entry_pkey primary key (user_id),
    constraint list_entry_user_id_positive check (user_id > 0),
    constraint list_entry_kind_known check (kind in ('allow', 'block')),
    constraint list_entry_reason_length check (char_length(reason) between 1 and 1000)
);

create index list_entry_kind_idx on list_entry (kind, user_id);
