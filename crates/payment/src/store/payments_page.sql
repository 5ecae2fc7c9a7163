select id, payment_no, order_id, order_no, user_id, amount_minor, currency, method, channel, status, subject, description,
       handout, transaction_id, paid_minor, fee_minor, refunded_minor, reserved_minor, paid_at, expires_at, close_reason,
       remark, frozen_reason, is_extra, verdict, settled_at, deleted_at, return_url, notify_url, extra, device, client_ip,
       version, created_at, updated_at
from payment
where deleted_at is null
  and ($1::bigint is null or user_id = $1)
  and ($2::bigint is null or order_id = $2)
  and ($3::text is null or order_no = $3)
  and ($4::text is null or payment_no = $4)
  and (cardinality($5::text[]) = 0 or status = any($5))
  and (cardinality($6::text[]) = 0 or method = any($6))
  and (cardinality($7::text[]) = 0 or channel = any($7))
  and ($8::timestamptz is null or created_at >= $8)
  and ($9::timestamptz is null or created_at <= $9)
  and amount_minor between $10 and $11
order by
    case when $12 and $13 then amount_minor end,
    case when $12 and not $13 then amount_minor end desc,
    case when $13 then created_at end,
    case when not $13 then created_at end desc,
    case when $13 then id end,
    id desc
limit $14
offset $15
