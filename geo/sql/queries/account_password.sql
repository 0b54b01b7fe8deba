UPDATE account SET
    password_hash = %(password_hash)s::text,
    must_change = %(must_change)s::boolean,
    password_changed_at = now()
WHERE id = %(account)s::bigint;
