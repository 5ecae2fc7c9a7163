insert into transfer (
    id, kind, idempotency_key, request_hash, reference, memo, actor, at, assets, account_ids, amounts_minor,
    entry_numbers
)
select 1 + turn * 500 + place, 'transfer', 'past-' || lpad((turn * 500 + place)::text, 12, '0'),
       sha256(('past-' || turn || '-' || place)::bytea), 'bench', '', 'service:payment',
       began_at + (turn + 1) * interval '1 microsecond', '{CNY}',
       case when turn % 2 = 0 then array[one_id, two_id] else array[two_id, one_id] end,
       '{-1,1}',
       case
           when turn % 2 = 0 then array[one_number + turn + 1, two_number + turn + 1]
           else array[two_number + turn + 1, one_number + turn + 1]
       end
from generate_series($1::bigint, $2::bigint - 1) as turn
cross join pair
order by turn, place
