DELETE FROM allocation
WHERE transaction = %(transaction)s::bigint;
