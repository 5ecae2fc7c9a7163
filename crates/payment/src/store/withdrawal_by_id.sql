select id, withdrawal_no, user_id, amount_minor, fee_minor, currency, method, channel, account_name, account_number,
       bank_name, bank_code, reason, status, stage, hold_id, transaction_id, failure_code, failure, sends, sent_at,
       created_at, updated_at, finished_at
from withdrawal
where id = $1
