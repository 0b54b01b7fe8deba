-- The county with its bounds, and whether any drawn township is only an illustration.
SELECT
    county.code,
    county.name_zh,
    coalesce(county.name_en, county.name_zh) AS name_en,
    least(st_xmin(county.geom), st_xmin(towns.extent)) AS west,
    least(st_ymin(county.geom), st_ymin(towns.extent)) AS south,
    greatest(st_xmax(county.geom), st_xmax(towns.extent)) AS east,
    greatest(st_ymax(county.geom), st_ymax(towns.extent)) AS north,
    coalesce(towns.illustrative, false) AS illustrative,
    towns.drawn AS townships
FROM org_unit AS county
CROSS JOIN LATERAL (
    SELECT
        st_extent(township.geom) AS extent,
        bool_or(township.illustrative) AS illustrative,
        count(*) AS drawn
    FROM org_unit AS township
    WHERE
        township.parent = county.code
        AND township.geom IS NOT NULL
) AS towns
WHERE county.parent IS NULL
ORDER BY county.code = %(county)s::text DESC, county.code
LIMIT 1;
