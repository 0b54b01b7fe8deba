UPDATE import
SET
    undone_at = now(),
    undone_by = %(by)s::text
WHERE id = %(id)s::bigint;
