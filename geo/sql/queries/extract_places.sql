-- The townships on the ground that a map shows, each cut to it.
WITH frame AS MATERIALIZED (
    SELECT st_makeenvelope(
        %(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4490
    ) AS geom
)

SELECT
    org_unit.code,
    org_unit.name_zh,
    coalesce(org_unit.name_en, org_unit.name_zh) AS name_en,
    org_unit.illustrative,
    st_asgeojson(
        st_simplifypreservetopology(st_clipbybox2d(org_unit.geom, frame.geom), %(hair)s::float8), 7, 0
    )::json AS geometry
FROM frame
INNER JOIN org_unit ON org_unit.geom && frame.geom
WHERE
    org_unit.level = 'township'
    AND st_intersects(org_unit.geom, frame.geom)
ORDER BY org_unit.code;
