-- Features that lie in no township, with the reason: they count for the county and for none of its parts.
WITH found AS MATERIALIZED (
    SELECT
        feature.layer,
        feature.id,
        feature.code,
        feature.name,
        feature.source,
        feature.source_row,
        CASE
            WHEN feature.geom IS NULL THEN 'no_geometry'
            WHEN NOT EXISTS (SELECT FROM org_unit WHERE org_unit.level = 'township' AND org_unit.geom IS NOT NULL)
                THEN 'no_boundaries'
            WHEN EXISTS (
                SELECT
                FROM org_unit
                WHERE org_unit.level = 'township' AND st_covers(org_unit.geom, feature.geom)
            ) THEN 'drawn_since'
            WHEN EXISTS (
                SELECT
                FROM org_unit
                WHERE org_unit.level = 'township' AND st_intersects(org_unit.geom, feature.geom)
            ) THEN 'straddles'
            ELSE 'outside'
        END AS reason
    FROM feature
    WHERE
        feature.org_unit IS NULL
        AND feature.deleted_at IS NULL
        AND (%(layer)s::text IS NULL OR feature.layer = %(layer)s::text)
    ORDER BY feature.layer, feature.code
    LIMIT %(limit)s::integer
)

SELECT
    json_build_object(
        'rows', coalesce(
            json_agg(
                json_build_object(
                    'id', found.id,
                    'layer', found.layer,
                    'code', found.code,
                    'name', found.name,
                    'reason', found.reason,
                    'file', import.file,
                    'row', found.source_row
                )
                ORDER BY found.layer, found.code
            ),
            '[]'
        )
    )::text
FROM found
LEFT JOIN import ON import.id = found.source;
