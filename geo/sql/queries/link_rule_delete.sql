DELETE FROM link_rule
WHERE id = %(rule)s::bigint AND activity = %(activity)s::text
RETURNING 1;
