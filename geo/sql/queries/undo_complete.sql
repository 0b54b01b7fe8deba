UPDATE import_complete
SET undone_at = now()
WHERE import = %(id)s::bigint;
