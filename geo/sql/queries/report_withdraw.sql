UPDATE report
SET withdrawn_at = now()
WHERE id = %(id)s::uuid;
