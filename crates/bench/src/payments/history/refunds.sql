-- A refund of each of the payments $1 to $1 + $2 - 1: due if $3, else done long ago.
insert into refund (
    id, refund_no, payment_id, user_id, amount_minor, type, status, stage, reason, operator_id, operator_type,
    next_try_at, created_at, updated_at, finished_at
)
select n, 'REF' || lpad(n::text, 20, '0'), n, 1 + n % 1000, 100, 'partial', case when $3 then 'processing' else 'success' end,
       case when $3 then 'new' else 'returned' end, 'broken', 1, 'admin', case when $3 then at end, at, at,
       case when not $3 then at end
from generate_series($1, $1 + $2 - 1) n
cross join lateral (select now() - interval '1 hour' - n * interval '1 minute' as at) as past
