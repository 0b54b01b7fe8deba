UPDATE account SET disabled_at = now()
WHERE id = %(account)s::bigint AND disabled_at IS NULL;
