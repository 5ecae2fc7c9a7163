-- Who may do what, given again after each run of the migrations. The role belongs to the whole server, so several
-- databases may make it at the same moment.
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'dormpay_app') then
        create role dormpay_app nologin;
    end if;
exception
    when duplicate_object or unique_violation then
        null;
end
$$;

do $$
begin
    if not pg_has_role(current_user, 'dormpay_app', 'member') then
        execute format('grant dormpay_app to %I', current_user);
    end if;
end
$$;

grant usage on schema public to dormpay_app;
grant select, insert, update, delete on all tables in schema public to dormpay_app;
grant usage, select on all sequences in schema public to dormpay_app;
revoke insert, update, delete on _sqlx_migrations, append_only from dormpay_app;

do $$
declare
    kept text;
begin
    for kept in select table_name from append_only loop
        execute format('revoke update, delete, truncate on %I from dormpay_app', kept);
    end loop;
end
$$;
