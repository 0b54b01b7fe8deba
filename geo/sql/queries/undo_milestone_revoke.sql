UPDATE milestone
SET
    revoked_at = now(),
    revoked_by = %(by)s::text,
    revoked_source = %(id)s::bigint
WHERE
    layer = %(layer)s::text
    AND source = %(id)s::bigint
    AND revoked_at IS NULL;
