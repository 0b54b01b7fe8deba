SELECT
    layer,
    file
FROM import
WHERE id = %(id)s::bigint;
