UPDATE session SET revoked_at = now()
WHERE account = %(account)s::bigint AND revoked_at IS NULL AND left(hash, 16) = %(start)s::text;
