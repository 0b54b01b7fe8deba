-- The units of a level as GeoJSON; a label stands where the boundary leaves most room around it.
SELECT
    json_build_object(
        'type', 'FeatureCollection',
        'features', coalesce(
            json_agg(
                json_build_object(
                    'type', 'Feature',
                    'id', org_unit.code,
                    'geometry', CASE
                        WHEN %(geometry)s::boolean THEN st_asgeojson(org_unit.geom, %(digits)s::integer, 0)::json
                    END,
                    'properties', json_build_object(
                        'code', org_unit.code,
                        'name', json_build_object(
                            'zh', org_unit.name_zh, 'en', coalesce(org_unit.name_en, org_unit.name_zh)
                        ),
                        'short_name', org_unit.short_name,
                        'level', org_unit.level,
                        'parent', org_unit.parent,
                        'illustrative', org_unit.illustrative,
                        'label_point', CASE
                            WHEN org_unit.geom IS NOT NULL
                                THEN json_build_array(
                                    round(st_x(label.point)::numeric, 6), round(st_y(label.point)::numeric, 6)
                                )
                        END
                    )
                )
                ORDER BY org_unit.code
            ),
            '[]'
        )
    )::text
FROM org_unit
LEFT JOIN LATERAL (
    SELECT (st_maximuminscribedcircle(org_unit.geom)).center AS point
) AS label ON org_unit.geom IS NOT NULL
WHERE
    (%(level)s::text IS NULL OR org_unit.level = %(level)s::text)
    AND (
        %(q)s::text IS NULL
        OR starts_with(org_unit.code, %(q)s::text)
        OR strpos(org_unit.name_zh, %(q)s::text) > 0
        OR starts_with(lower(org_unit.name_en), lower(%(q)s::text))
        OR coalesce(org_unit.short_name, org_unit.name_zh) ~ %(initials)s::text
    )
    AND (
        %(parent)s::text IS NULL
        OR org_unit.code IN (
            SELECT below.unit
            FROM org_unit_ancestor AS below
            WHERE below.ancestor = %(parent)s::text
        )
    );
