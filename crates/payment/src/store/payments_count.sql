select count(*) as "count!"
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
