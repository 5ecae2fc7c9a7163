-- Payments $1 to $1 + $2 - 1, one a minute until now: open and due if $3, else paid, booked and long ago.
insert into payment (
    id, payment_no, order_id, order_no, user_id, amount_minor, currency, method, channel, status, subject,
    transaction_id, paid_minor, paid_at, expires_at, verdict, settled_at, next_query_at, created_at, updated_at
)
select n, 'PAY' || lpad(n::text, 20, '0'), n, 'ORD' || lpad(n::text, 20, '0'), 1 + n % 1000, 100 + n % 9900, 'CNY', 'alipay',
       'qr', case when $3 then 'processing' else 'success' end, 'Groceries for the dorm',
       case when not $3 then 'trade' || n end, case when $3 then 0 else 100 + n % 9900 end, case when not $3 then at end,
       at + interval '30 minutes', case when not $3 then 'accepted' end, case when not $3 then at end,
       case when $3 then at end, at, at
from generate_series($1, $1 + $2 - 1) n
cross join lateral (select now() - interval '1 hour' - n * interval '1 minute' as at) as past
