DELETE FROM target
WHERE id = %(id)s::bigint
RETURNING id;
