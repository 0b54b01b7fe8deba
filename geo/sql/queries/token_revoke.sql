UPDATE token SET revoked_at = now()
WHERE account = %(account)s::bigint AND revoked_at IS NULL AND id = %(id)s::bigint
RETURNING name;
