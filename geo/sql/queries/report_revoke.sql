UPDATE milestone
SET
    revoked_at = now(),
    revoked_by = %(by)s::text
WHERE report = %(id)s::uuid AND revoked_at IS NULL;
