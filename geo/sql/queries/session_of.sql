SELECT
    hash,
    created_at,
    seen_at,
    least(expires_at, seen_at + idle) AS ends_at,
    address,
    agent
FROM session
WHERE account = %(account)s::bigint AND revoked_at IS NULL AND expires_at > now() AND seen_at + idle > now()
ORDER BY seen_at DESC, hash;
