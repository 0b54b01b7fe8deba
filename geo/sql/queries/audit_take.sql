WITH taken AS (
    DELETE FROM audit_unsealed
    WHERE event IN (SELECT event FROM audit_unsealed ORDER BY event LIMIT %(most)s::integer)
    RETURNING event
)

SELECT coalesce(array_agg(event), '{}')
FROM taken;
