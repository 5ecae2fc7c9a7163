-- When the payments of a user changed last: by it a kept list is known to be the newest one. Versions are microseconds
-- since 1970 or, in a hurry, one more than the last: so none comes twice, not even after a restore.

create table payment_user (
    user_id bigint not null,
    version bigint not null,
    constraint payment_user_pkey primary key (user_id),
    constraint payment_user_version_positive check (version > 0)
);

create function payment_user_is_counted() returns trigger language plpgsql as $$
begin
    insert into payment_user (user_id, version)
    values (new.user_id, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
    on conflict on constraint payment_user_pkey do update
    set version = greatest(payment_user.version + 1, excluded.version);
    return null;
end
$$;

-- At the very end of the transaction, so that two payments of a user wait for each other as shortly as can be.
create constraint trigger payment_user_counted after insert or update of version on payment
deferrable initially deferred
for each row execute function payment_user_is_counted();

-- Payments from before this migration.
insert into payment_user (user_id, version)
select user_id, 1 from payment group by user_id;
