SELECT
    id,
    name,
    verbs,
    created_at,
    expires_at,
    seen_at
FROM token
WHERE account = %(account)s::bigint AND revoked_at IS NULL AND expires_at > now()
ORDER BY id;
