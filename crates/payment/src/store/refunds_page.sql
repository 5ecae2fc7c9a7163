select refund.id, refund_no, payment_id, refund.user_id, refund.amount_minor, type as kind, refund.status, stage, reason,
       refund.description, operator_id, operator_type, approved_by, failure_code, failure, provider_refund_id,
       is_automatic, refund.notify_url, refund.extra, holds, refund.version, refund.created_at,
       refund.updated_at, finished_at, payment.payment_no, payment.order_id, payment.order_no, payment.method,
       payment.currency
from refund
join payment on payment.id = refund.payment_id
where ($1::bigint is null or refund.user_id = $1)
  and ($2::bigint is null or payment_id = $2)
  and ($3::text is null or payment.payment_no = $3)
  and (cardinality($4::text[]) = 0 or refund.status = any($4))
  and ($5::text is null or type = $5)
  and ($6::timestamptz is null or refund.created_at >= $6)
  and ($7::timestamptz is null or refund.created_at <= $7)
order by case when $8 then refund.id end, refund.id desc
limit $9
offset $10
