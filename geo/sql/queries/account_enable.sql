UPDATE account SET disabled_at = NULL
WHERE id = %(account)s::bigint;
