UPDATE feature
SET
    deleted_at = now(),
    recorded_by = %(by)s::text,
    reason = %(reason)s::text
WHERE layer = %(layer)s::text AND id = %(feature)s::uuid;
