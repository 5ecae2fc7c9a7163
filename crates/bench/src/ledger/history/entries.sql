insert into entry (account_id, number, transfer_id, amount_minor, balance_after_minor, at)
select side.account_id, side.number + turn + 1, 1 + turn * 500 + place,
       case when turn % 2 = 0 then side.sign else -side.sign end,
       case when turn % 2 = 0 then side.balance_minor + side.sign else side.balance_minor end,
       began_at + (turn + 1) * interval '1 microsecond'
from generate_series($1::bigint, $2::bigint - 1) as turn
cross join pair
cross join lateral (
    values (one_id, one_number, one_minor, -1::bigint), (two_id, two_number, two_minor, 1::bigint)
) as side (account_id, number, balance_minor, sign)
order by turn, place
