UPDATE feature_document
SET
    withdrawn_at = now(),
    withdrawn_by = %(by)s::text,
    reason = %(reason)s::text
WHERE
    id = %(document)s::uuid
    AND feature = %(feature)s::uuid
    AND withdrawn_at IS NULL
RETURNING id;
