-- Rooms, who is in them, and the invites into them. Every table that belongs to a room carries its id.

-- A room. It is deleted softly; its members stay written. closing_id names the attempt to delete it that is under
-- way: the expense service may have closed it already, so it is carried through or taken back.
create table room (
    id          bigint      not null,
    name        text        not null,
    description text        not null,
    creator_id  bigint      not null,
    owner_id    bigint      not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    closing_id  bigint,
    deleted_at  timestamptz,
    constraint room_pkey primary key (id),
    constraint room_name_length check (char_length(name) between 1 and 100),
    constraint room_description_length check (char_length(description) <= 1000)
);

create index room_created_at_idx on room (created_at) where deleted_at is null;

-- How many living rooms a user has made.
create table creator (
    user_id      bigint  not null,
    living_rooms integer not null,
    constraint creator_pkey primary key (user_id),
    constraint creator_living_rooms_not_negative check (living_rooms >= 0)
);

-- Who is in a room. transit says that the expense service does not yet agree with us about him: while he is
-- leaving it may have closed him already, while he is entering it may not have opened him yet.
create table member (
    room_id    bigint      not null,
    user_id    bigint      not null,
    role       text        not null,
    joined_at  timestamptz not null,
    transit    text,
    transit_id bigint,
    constraint member_pkey primary key (room_id, user_id),
    constraint member_room_id_fkey foreign key (room_id) references room (id),
    constraint member_role_known check (role in ('admin', 'member')),
    constraint member_transit_known check (transit in ('leaving', 'entering')),
    constraint member_transit_has_id check ((transit is null) = (transit_id is null))
);

create index member_user_id_idx on member (user_id, room_id);

-- Who was in a room before, and whether somebody else removed him. The last time counts.
create table departure (
    room_id    bigint      not null,
    user_id    bigint      not null,
    left_at    timestamptz not null,
    removed_by bigint,
    constraint departure_pkey primary key (room_id, user_id),
    constraint departure_room_id_fkey foreign key (room_id) references room (id)
);

-- A code by which people come into a room; only its hash is kept.
create table invite (
    code_hash  bytea       not null,
    room_id    bigint      not null,
    created_by bigint      not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    max_uses   integer     not null,
    uses       integer     not null default 0,
    constraint invite_pkey primary key (code_hash),
    constraint invite_room_id_fkey foreign key (room_id) references room (id),
    constraint invite_code_hash_length check (octet_length(code_hash) = 32),
    constraint invite_uses_bounded check (uses between 0 and max_uses)
);

create index invite_room_id_idx on invite (room_id, expires_at);
create index invite_expires_at_idx on invite (expires_at);

-- A living room has an admin, and its owner is in it. Operations see to that under the lock of the room; this is the
-- second wall.
create function room_must_be_run() returns trigger language plpgsql as $$
declare
    checked bigint;
begin
    if tg_table_name = 'room' then
        checked := new.id;
    else
        checked := old.room_id;
    end if;
    if exists (
        select 1
        from room
        where id = checked
          and deleted_at is null
          and not (
              exists (select 1 from member where room_id = checked and role = 'admin')
              and exists (select 1 from member where room_id = checked and user_id = room.owner_id)
          )
    ) then
        raise exception 'a living room needs an admin, and its owner in it'
            using errcode = 'check_violation', constraint = 'room_is_run';
    end if;
    return null;
end
$$;

create constraint trigger room_is_run
    after insert or update of owner_id on room
    deferrable initially deferred
    for each row
    execute function room_must_be_run();

create constraint trigger member_room_is_run
    after update of role or delete on member
    deferrable initially deferred
    for each row
    execute function room_must_be_run();
