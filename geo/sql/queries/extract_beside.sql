-- What else lies on the ground that a map shows, each cut to it and without what is too small to be seen; the largest
-- first, so that the smaller ones are drawn on top of them.
WITH frame AS MATERIALIZED (
    SELECT st_makeenvelope(
        %(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4490
    ) AS geom
),

found AS MATERIALIZED (
    SELECT
        feature.layer,
        feature.code,
        feature.area_m2,
        st_clipbybox2d(feature.geom, frame.geom) AS geom
    FROM frame
    INNER JOIN feature ON feature.geom && frame.geom
    WHERE
        feature.layer = ANY(%(layers)s::text[])
        AND feature.deleted_at IS NULL
        AND feature.geom && frame.geom
    ORDER BY feature.area_m2 DESC NULLS LAST
    LIMIT %(limit)s::bigint
)

SELECT
    found.layer,
    found.code,
    st_asgeojson(st_simplifypreservetopology(found.geom, %(hair)s::float8), 7, 0)::json AS geometry
FROM found
WHERE NOT st_isempty(found.geom)
ORDER BY found.area_m2 DESC NULLS LAST, found.layer, found.code;
