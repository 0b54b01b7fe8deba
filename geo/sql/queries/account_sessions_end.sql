UPDATE session SET revoked_at = now()
WHERE account = %(account)s::bigint AND revoked_at IS NULL AND hash IS DISTINCT FROM %(keep)s::text;
