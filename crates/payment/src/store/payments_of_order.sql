select id, payment_no, order_id, order_no, user_id, amount_minor, currency, method, channel, status, subject, description,
       handout, transaction_id, paid_minor, fee_minor, refunded_minor, reserved_minor, paid_at, expires_at, close_reason,
       remark, frozen_reason, is_extra, verdict, settled_at, deleted_at, return_url, notify_url, extra, device, client_ip,
       version, created_at, updated_at
from payment
where (order_id = $1 or ($1 = 0 and order_no = $2)) and deleted_at is null
order by (status in ('success', 'refunding', 'partially_refunded', 'refunded') and not is_extra) desc, id desc
limit 100
