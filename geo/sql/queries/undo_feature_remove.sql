UPDATE feature
SET
    deleted_at = now(),
    recorded_by = %(by)s::text,
    reason = %(reason)s::text
FROM undone
WHERE
    feature.layer = %(layer)s::text
    AND feature.id = undone.feature
    AND undone.fresh;
