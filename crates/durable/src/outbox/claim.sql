-- Leases what can be delivered now; $1 and $2: kinds and how many of each may travel together, $3: the lease.
-- One pass over what waits: an anti-join for each row would be quadratic for many jobs of one key.
with known as (
    select kind, most
    from unnest($1::text[], $2::bigint[]) as given (kind, most)
),
firsts as (
    select min(id) as id
    from outbox
    group by queue, order_key
    having bool_and(lease_until is null or lease_until <= clock_timestamp())
),
ready as (
    select
        first.id,
        first.last_error is not null as has_failed,
        known.most,
        row_number() over (partition by first.kind, first.last_error is not null order by first.id)
            as place
    from firsts
    join outbox as first using (id)
    join known using (kind)
    where first.available_at <= clock_timestamp()
),
locked as materialized (
    select outbox.id, outbox.queue, outbox.order_key, outbox.kind, ready.has_failed, ready.most
    from outbox
    join ready using (id)
    where ready.place <= case when ready.has_failed then 1 else ready.most end
      and outbox.available_at <= clock_timestamp()
      and (outbox.lease_until is null or outbox.lease_until <= clock_timestamp())
    order by outbox.id
    for update of outbox skip locked
),
candidate as (
    select id, kind, has_failed, most
    from locked
    union all
    select behind.id, locked.kind, false, locked.most
    from locked
    cross join lateral (
        select
            next.id,
            bool_and(
                next.kind = locked.kind
                and next.last_error is null
                and next.available_at <= clock_timestamp()
                and (next.lease_until is null or next.lease_until <= clock_timestamp())
            ) over (order by next.id) as fits
        from (
            select id, kind, last_error, available_at, lease_until
            from outbox
            where queue = locked.queue
              and order_key = locked.order_key
              and id > locked.id
            order by id
            limit locked.most - 1
        ) as next
    ) as behind
    where behind.fits
      and not locked.has_failed
),
chosen as (
    select id
    from (
        select
            id,
            has_failed,
            most,
            row_number() over (partition by kind, has_failed order by id) as place
        from candidate
    ) as ranked
    where place <= case when has_failed then 1 else most end
)
update outbox
set attempts = outbox.attempts + 1, lease_until = now() + $3::interval
from chosen
where outbox.id = chosen.id
returning outbox.id, queue, order_key, kind, payload, attempts, refusals, last_error, created_at
