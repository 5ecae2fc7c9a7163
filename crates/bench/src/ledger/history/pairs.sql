-- Users in pairs, with where each account was before the past was written. For this session alone.
set synchronous_commit = off;

create temporary table pair as
with placed as (
    select id, balance_minor, last_entry_number, row_number() over (order by id) - 1 as place
    from account
    where kind = 'user'
)
select one.place / 2 as place,
       one.id as one_id, one.balance_minor as one_minor, one.last_entry_number as one_number,
       two.id as two_id, two.balance_minor as two_minor, two.last_entry_number as two_number,
       (select max(changed_at) from account) as began_at
from placed as one
join placed as two on two.place = one.place + 1
where one.place % 2 = 0;

analyze pair
