-- People, their sessions, what they are told and what they upload. Distribution key: the user's id.

-- A person. The keys are the forms in which names are compared: NFKC, lower case.
create table account (
    id               bigint      not null,
    username         text        not null,
    username_key     text        not null,
    email            text        not null,
    email_key        text        not null,
    full_name        text        not null,
    full_name_key    text        not null,
    password_hash    text        not null,
    role             text        not null,
    permissions      text[]      not null default '{}',
    avatar           text        not null default '',
    avatar_upload_id bigint,
    disabled         boolean     not null default false,
    token_version    bigint      not null default 1,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    constraint account_pkey primary key (id),
    constraint account_username_key unique (username_key),
    constraint account_email_key unique (email_key),
    constraint account_role_known check (role in ('user', 'admin')),
    constraint account_permissions_known check (permissions <@ array['payment:read', 'payment:write']),
    constraint account_token_version_positive check (token_version > 0)
);

-- Finds by the beginning of a name or a whole e-mail address. Ranges, not `like`: an index serves them whatever the
-- plan; nothing sorts behind the last character.
create function account_matching (key text)
returns table (id bigint, username_key text, disabled boolean)
language sql
stable
as $$
    select account.id, account.username_key, account.disabled
    from account
    where account.username_key ~>=~ key and account.username_key ~<~ (key || chr(1114111))
    union
    select account.id, account.username_key, account.disabled
    from account
    where account.full_name_key ~>=~ key and account.full_name_key ~<~ (key || chr(1114111))
    union
    select account.id, account.username_key, account.disabled
    from account
    where account.email_key = key
$$;

create index account_username_prefix_idx on account (username_key text_pattern_ops);
create index account_full_name_prefix_idx on account (full_name_key text_pattern_ops);
create index account_admin_idx on account (id) where role = 'admin';

-- A session. It lives while it has neither ended nor expired, its user is enabled, and his rights are those with
-- which its access tokens were made. Sessions of one family descend from one login.
create table session (
    id            bigint      not null,
    family_id     bigint      not null,
    user_id       bigint      not null,
    token_version bigint      not null,
    created_at    timestamptz not null,
    expires_at    timestamptz not null,
    ended_at      timestamptz,
    end_reason    text,
    constraint session_pkey primary key (id),
    constraint session_user_id_fkey foreign key (user_id) references account (id),
    constraint session_end_known check (
        (ended_at is null) = (end_reason is null)
        and (end_reason is null or end_reason in ('logout', 'password', 'disabled', 'reuse', 'rights'))
    )
);

create index session_user_id_idx on session (user_id) where ended_at is null;
create index session_family_id_idx on session (family_id);
create index session_expires_at_idx on session (expires_at);
create index session_ended_at_idx on session (ended_at) where ended_at is not null;

-- Refresh tokens by their SHA-256. One that was used is kept, so that its reuse is noticed.
create table refresh_token (
    hash       bytea       not null,
    session_id bigint      not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz,
    constraint refresh_token_pkey primary key (hash),
    constraint refresh_token_session_id_fkey foreign key (session_id) references session (id) on delete cascade,
    constraint refresh_token_hash_length check (octet_length(hash) = 32)
);

create index refresh_token_session_id_idx on refresh_token (session_id);
create index refresh_token_expires_at_idx on refresh_token (expires_at);

-- Wrong passwords for a name from an address. The name is kept as a keyed hash: people type passwords there.
create table login_failure (
    account_hash bytea       not null,
    address      text        not null,
    failures     integer     not null,
    first_at     timestamptz not null,
    constraint login_failure_pkey primary key (account_hash, address),
    constraint login_failure_failures_positive check (failures > 0)
);

create index login_failure_first_at_idx on login_failure (first_at);

-- What a user should know, once for each uid.
create table notification (
    id         bigint      not null,
    uid        text        not null,
    user_id    bigint      not null,
    type       integer     not null,
    title      text        not null,
    body       text        not null,
    facts      bytea       not null,
    created_at timestamptz not null,
    read_at    timestamptz,
    constraint notification_pkey primary key (id),
    constraint notification_uid_key unique (uid),
    constraint notification_user_id_fkey foreign key (user_id) references account (id),
    constraint notification_uid_length check (char_length(uid) between 1 and 100)
);

create index notification_user_id_idx on notification (user_id, id desc);
create index notification_unread_idx on notification (user_id, id desc) where read_at is null;

-- Files. The row is written first and says `storing` until the file is in the store, and `discarded` before the file
-- is deleted. It was last used when it came or went as an avatar; one that another service asked for is kept.
create table upload (
    id           bigint      not null,
    owner_id     bigint      not null,
    state        text        not null,
    file_name    text        not null,
    content_type text        not null,
    size_bytes   bigint      not null,
    created_at   timestamptz not null,
    used_at      timestamptz not null,
    is_kept      boolean     not null default false,
    constraint upload_pkey primary key (id),
    constraint upload_owner_id_fkey foreign key (owner_id) references account (id),
    constraint upload_state_known check (state in ('storing', 'stored', 'discarded')),
    constraint upload_content_type_known check (
        content_type in ('image/png', 'image/jpeg', 'image/webp', 'application/pdf')
    ),
    constraint upload_size_bytes_range check (size_bytes between 1 and 5242880)
);

create index upload_unfinished_idx on upload (created_at) where state <> 'stored';
create index upload_used_at_idx on upload (used_at) where state = 'stored' and not is_kept;
create index account_avatar_upload_id_idx on account (avatar_upload_id) where avatar_upload_id is not null;

alter table account
    add constraint account_avatar_upload_id_fkey foreign key (avatar_upload_id) references upload (id);
