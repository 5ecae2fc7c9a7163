update account
set last_entry_number = last_entry_number + $1,
    version = version + $1,
    changed_at = (select max(at) from entry where entry.account_id = account.id)
where kind = 'user'
