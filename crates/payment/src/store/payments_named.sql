select id, payment_no, order_id, order_no, user_id, amount_minor, currency, method, channel, status, subject, description,
       handout, transaction_id, paid_minor, fee_minor, refunded_minor, reserved_minor, paid_at, expires_at, close_reason,
       remark, frozen_reason, is_extra, verdict, settled_at, deleted_at, return_url, notify_url, extra, device, client_ip,
       version, created_at, updated_at
from payment
where id = any ($1)
   or payment_no = any ($2)
