-- Features whose boxes meet that of a geometry.
SELECT
    known.code,
    st_asbinary(known.geom) AS geom
FROM feature AS known
WHERE
    known.layer = %(layer)s::text
    AND known.id IS DISTINCT FROM %(feature)s::uuid
    AND known.deleted_at IS NULL
    AND known.geom && st_expand(st_geomfromwkb(%(geom)s::bytea, 4490), %(near)s::float8)
ORDER BY known.code
LIMIT %(limit)s::integer;
