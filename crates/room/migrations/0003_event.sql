-- The event log: a gap-free number for each event of a room, kept seven days.

-- One row for each room; whoever locks it gives the next numbers. oldest_seq is 0 until events are dropped, then
-- everything below it is gone.
create table event_log (
    room_id    bigint not null,
    last_seq   bigint not null default 0,
    oldest_seq bigint not null default 0,
    constraint event_log_pkey primary key (room_id),
    constraint event_log_room_id_fkey foreign key (room_id) references room (id),
    constraint event_log_seqs_ordered check (oldest_seq between 0 and last_seq + 1)
);

-- An event with its number, as an encoded dormpay.event.v1.Event.
create table event (
    room_id    bigint      not null,
    seq        bigint      not null,
    uid        text        not null,
    message    bytea       not null,
    stored_at  timestamptz not null,
    constraint event_pkey primary key (room_id, seq),
    constraint event_uid_key unique (room_id, uid),
    constraint event_seq_positive check (seq > 0),
    constraint event_uid_length check (char_length(uid) between 1 and 100)
);

create index event_stored_at_idx on event (stored_at);
