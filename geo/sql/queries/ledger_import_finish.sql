UPDATE import
SET report = %(report)s::jsonb
WHERE id = %(id)s::bigint
RETURNING id;
