DELETE FROM allocation
WHERE transaction = %(id)s::bigint;
