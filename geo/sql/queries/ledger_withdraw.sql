UPDATE transaction
SET
    withdrawn_at = now(),
    recorded_by = %(by)s::text,
    reason = %(reason)s::text
WHERE id = %(id)s::bigint;
