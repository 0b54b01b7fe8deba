UPDATE milestone
SET
    revoked_at = now(),
    revoked_by = %(by)s::text
WHERE
    layer = %(layer)s::text
    AND feature = %(feature)s::uuid
    AND revoked_at IS NULL;
