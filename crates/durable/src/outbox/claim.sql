-- Leases what can be delivered now; $1 and $2: kinds and how many of each may travel together, $3: the lease.
-- It steps from key to key in the index, so neither jobs that wait behind others nor rows deleted since the last
-- vacuum cost anything. A key whose first job is leased is busy; a job that came back may stand before leased ones.
-- Nobody waits for the disk: a lease that a crash of the server forgets is no harm.
with recursive known as (
    select kind, most
    from unnest($1::text[], $2::bigint[]) as given (kind, most)
),
firsts as (
    (
        select queue, order_key, id, kind, last_error, available_at, lease_until
        from outbox
        order by queue, order_key, id
        limit 1
    )
    union all
    select next.queue, next.order_key, next.id, next.kind, next.last_error, next.available_at, next.lease_until
    from firsts
    cross join lateral (
        select queue, order_key, id, kind, last_error, available_at, lease_until
        from outbox
        where (outbox.queue, outbox.order_key) > (firsts.queue, firsts.order_key)
        order by queue, order_key, id
        limit 1
    ) as next
),
ready as (
    select
        firsts.id,
        firsts.last_error is not null as has_failed,
        known.most,
        row_number() over (partition by firsts.kind, firsts.last_error is not null order by firsts.id) as place,
        least(known.most, count(*) over (partition by firsts.kind, firsts.last_error is not null)) as keys
    from firsts
    join known using (kind)
    where firsts.available_at <= clock_timestamp()
      and (firsts.lease_until is null or firsts.lease_until <= clock_timestamp())
      and (
          firsts.last_error is null
          or not exists (
              select 1
              from outbox as other
              where other.queue = firsts.queue
                and other.order_key = firsts.order_key
                and other.lease_until > clock_timestamp()
          )
      )
),
locked as materialized (
    select
        outbox.id,
        outbox.queue,
        outbox.order_key,
        outbox.kind,
        case when ready.has_failed then 0 else ready.most / ready.keys - 1 end as followers
    from ready
    join outbox using (id)
    where ready.place <= case when ready.has_failed then 1 else ready.most end
      and outbox.available_at <= clock_timestamp()
      and (outbox.lease_until is null or outbox.lease_until <= clock_timestamp())
    order by outbox.id
    for update of outbox skip locked
),
chosen as (
    select id
    from locked
    union all
    select behind.id
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
            limit locked.followers
        ) as next
    ) as behind
    where behind.fits
),
lazily as materialized (
    select set_config('synchronous_commit', 'off', true)
)
update outbox
set attempts = outbox.attempts + 1, lease_until = now() + $3::interval
from chosen
cross join lazily
where outbox.id = chosen.id
returning outbox.id, queue, order_key, kind, payload, attempts, refusals, last_error, created_at
