-- The features of a unit with attributes and approved milestones, as GeoJSON, for a map that asks nobody for more.
WITH chosen AS MATERIALIZED (
    SELECT
        feature.layer,
        feature.id,
        feature.code,
        feature.name,
        feature.org_unit,
        feature.geom,
        feature.area_m2,
        feature.registered_area_m2,
        feature.attributes,
        feature.due_on,
        feature.source,
        at_day.status,
        at_day.milestone,
        at_day.reached_on
    FROM feature
    INNER JOIN org_unit_ancestor AS below ON below.unit = coalesce(feature.org_unit, '')
    CROSS JOIN LATERAL feature_at(
        feature.layer, feature.id, feature.starts_on, feature.due_on, %(as_of)s::date
    ) AS at_day
    WHERE
        feature.deleted_at IS NULL
        AND below.ancestor = %(org_unit)s::text
    ORDER BY feature.layer, feature.code
    LIMIT %(limit)s::integer
)

SELECT
    json_build_object(
        'type', 'FeatureCollection',
        'as_of', %(as_of)s::date,
        'features', coalesce(
            json_agg(
                json_build_object(
                    'type', 'Feature',
                    'id', chosen.id,
                    'geometry', st_asgeojson(chosen.geom, 6, 0)::json,
                    'properties', json_build_object(
                        'layer', chosen.layer,
                        'code', chosen.code,
                        'name', chosen.name,
                        'org_unit', chosen.org_unit,
                        'township', CASE org_unit.level WHEN 'township' THEN org_unit.code
                            WHEN 'village' THEN org_unit.parent END,
                        'village', CASE
                            WHEN org_unit.level = 'village'
                                THEN json_build_object(
                                    'code', org_unit.code,
                                    'name', json_build_object(
                                        'zh', coalesce(org_unit.short_name, org_unit.name_zh),
                                        'en', coalesce(org_unit.name_en, org_unit.name_zh)
                                    )
                                )
                        END,
                        'status', chosen.status,
                        'milestone', chosen.milestone,
                        'reached_on', chosen.reached_on,
                        'due_on', chosen.due_on,
                        'area_m2', chosen.area_m2,
                        'registered_area_m2', chosen.registered_area_m2,
                        'illustrative', coalesce(import_mark.illustrative, false),
                        'attributes', chosen.attributes,
                        'milestones', coalesce(record.milestones, '[]')
                    )
                )
                ORDER BY chosen.layer, chosen.code
            ),
            '[]'
        )
    )::text
FROM chosen
LEFT JOIN org_unit ON org_unit.code = chosen.org_unit
LEFT JOIN import_mark ON import_mark.id = chosen.source
LEFT JOIN LATERAL (
    SELECT
        json_agg(
            json_build_object('milestone', milestone.milestone, 'reached_on', milestone.reached_on, 'state', 'approved')
            ORDER BY milestone.reached_on, layer_milestone.place
        ) AS milestones
    FROM milestone
    INNER JOIN layer_milestone USING (layer, milestone)
    WHERE
        milestone.layer = chosen.layer
        AND milestone.feature = chosen.id
        AND milestone.reached_on <= %(as_of)s::date
        AND milestone.state = 'approved'
        AND milestone.revoked_at IS NULL
) AS record ON true;
