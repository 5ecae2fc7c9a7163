select refund.id, refund_no, payment_id, refund.user_id, refund.amount_minor, type as kind, refund.status, stage, reason,
       refund.description, operator_id, operator_type, approved_by, failure_code, failure, provider_refund_id,
       is_automatic, refund.notify_url, refund.extra, holds, refund.version, refund.created_at,
       refund.updated_at, finished_at, payment.payment_no, payment.order_id, payment.order_no, payment.method,
       payment.currency
from refund
join payment on payment.id = refund.payment_id
where refund_no = $1
