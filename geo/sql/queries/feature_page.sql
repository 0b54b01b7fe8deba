-- One page of the features that are listed on a day, as GeoJSON; pages follow each other by layer and code.
WITH candidate AS NOT MATERIALIZED (
    SELECT
        feature.layer,
        feature.id,
        feature.code,
        feature.name,
        feature.org_unit,
        feature.geom,
        feature.area_m2,
        feature.registered_area_m2,
        feature.starts_on,
        feature.due_on,
        feature.source
    FROM feature
    WHERE
        feature.deleted_at IS NULL
        AND (%(layer)s::text IS NULL OR feature.layer = %(layer)s::text)
        AND (
            %(org_unit)s::text IS NULL
            OR feature.org_unit = ANY(
                ARRAY(SELECT below.unit FROM org_unit_ancestor AS below WHERE below.ancestor = %(org_unit)s::text)
            )
            OR (
                feature.org_unit IS NULL
                AND EXISTS (
                    SELECT
                    FROM org_unit_ancestor AS below
                    WHERE below.ancestor = %(org_unit)s::text AND below.unit = ''
                )
            )
        )
        AND (
            %(q)s::text IS NULL
            OR strpos(lower(feature.code), lower(%(q)s::text)) > 0
            OR strpos(lower(feature.name), lower(%(q)s::text)) > 0
        )
        AND (%(initials)s::text IS NULL OR feature.name ~ %(initials)s::text)
        AND (
            %(west)s::float8 IS NULL
            OR feature.geom && st_makeenvelope(
                %(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4490
            )
        )
),

page AS MATERIALIZED (
    SELECT
        candidate.layer,
        candidate.id,
        candidate.code,
        candidate.name,
        candidate.org_unit,
        candidate.geom,
        candidate.area_m2,
        candidate.registered_area_m2,
        candidate.due_on,
        candidate.source,
        at_day.status,
        at_day.milestone,
        at_day.reached_on
    FROM candidate
    CROSS JOIN LATERAL feature_at(
        candidate.layer, candidate.id, candidate.starts_on, candidate.due_on, %(as_of)s::date
    ) AS at_day
    WHERE
        (%(status)s::text IS NULL OR at_day.status = %(status)s::text)
        AND (%(milestone)s::text IS NULL OR %(milestone)s::text = ANY(at_day.milestones))
        AND (
            %(after_layer)s::text IS NULL
            OR (candidate.layer, candidate.code) > (%(after_layer)s::text, %(after_code)s::text)
        )
    ORDER BY candidate.layer, candidate.code
    LIMIT %(limit)s::integer + 1
),

-- All that match, counted on the first page only: from the sums where they say it and the viewer sees all that they
-- count, from the features otherwise.
number AS MATERIALIZED (
    SELECT
        CASE
            WHEN %(matched)s::bigint IS NOT NULL THEN %(matched)s::bigint
            WHEN
                %(q)s::text IS NULL AND %(initials)s::text IS NULL AND %(west)s::float8 IS NULL
                AND %(milestone)s::text IS NULL
                AND NOT EXISTS (
                    SELECT
                    FROM layer
                    WHERE
                        (%(layer)s::text IS NULL OR layer.code = %(layer)s::text)
                        AND NOT EXISTS (
                            SELECT
                            FROM layer_measure
                            WHERE layer_measure.layer = layer.code AND layer_measure.source = 'count'
                        )
                )
                AND (NOT row_security_active('feature') OR viewer_in_layer(NULL, %(layer)s::text))
                THEN (
                    SELECT
                        coalesce(
                            sum(
                                CASE
                                    WHEN coalesce(%(status)s::text, 'all') || ' ' || reached.stage IN (
                                        'all ', 'not_started ', 'under_way @1', 'completed @2', 'accepted @3',
                                        'overdue @idle', 'overdue @late'
                                    ) THEN reached.value
                                    WHEN %(status)s::text || ' ' || reached.stage IN (
                                        'not_started @1', 'not_started @idle', 'under_way @2', 'under_way @late',
                                        'completed @3'
                                    ) THEN -reached.value
                                    ELSE 0
                                END
                            ),
                            0
                        )::bigint
                    FROM progress_at(
                        ARRAY(
                            SELECT root.code
                            FROM org_unit AS root
                            WHERE %(org_unit)s::text IS NULL AND root.parent IS NULL
                            UNION ALL
                            SELECT %(org_unit)s::text
                            WHERE %(org_unit)s::text IS NOT NULL
                        ),
                        %(as_of)s::date
                    ) AS reached
                    INNER JOIN layer_measure
                        ON layer_measure.layer = reached.layer AND layer_measure.measure = reached.measure
                    WHERE
                        (%(layer)s::text IS NULL OR reached.layer = %(layer)s::text)
                        AND layer_measure.source = 'count'
                        AND layer_measure.place = (
                            SELECT min(counting.place)
                            FROM layer_measure AS counting
                            WHERE counting.layer = reached.layer AND counting.source = 'count'
                        )
                        AND (
                            %(status)s::text IS NULL
                            OR EXISTS (SELECT FROM layer_milestone WHERE layer_milestone.layer = reached.layer)
                        )
                )
            WHEN %(status)s::text IS NULL AND %(milestone)s::text IS NULL
                THEN (
                    SELECT count(*)
                    FROM candidate
                    WHERE
                        candidate.starts_on <= %(as_of)s::date
                        OR EXISTS (
                            SELECT
                            FROM feature_at(
                                candidate.layer, candidate.id, candidate.starts_on, candidate.due_on, %(as_of)s::date
                            )
                        )
                )
            ELSE (
                SELECT count(*)
                FROM candidate
                CROSS JOIN LATERAL feature_at(
                    candidate.layer, candidate.id, candidate.starts_on, candidate.due_on, %(as_of)s::date
                ) AS at_day
                WHERE
                    (%(status)s::text IS NULL OR at_day.status = %(status)s::text)
                    AND (%(milestone)s::text IS NULL OR %(milestone)s::text = ANY(at_day.milestones))
            )
        END AS matched
),

kept AS (
    SELECT
        page.*,
        row_number() OVER (ORDER BY page.layer, page.code) AS number
    FROM page
)

SELECT
    json_build_object(
        'type', 'FeatureCollection',
        'as_of', %(as_of)s::date,
        'number_matched', (SELECT number.matched FROM number),
        'next', CASE
            WHEN (SELECT count(*) FROM page) > %(limit)s::integer THEN (
                SELECT
                    %(here)s::text || translate(
                        encode(
                            convert_to(
                                (SELECT number.matched FROM number) || '/' || last.layer || '/' || last.code, 'UTF8'
                            ),
                            'base64'
                        ),
                        E'+/=\n',
                        '-_'
                    )
                FROM kept AS last
                WHERE last.number = %(limit)s::integer
            )
        END,
        'features', coalesce(
            json_agg(
                json_build_object(
                    'type', 'Feature',
                    'id', kept.id,
                    'geometry', st_asgeojson(kept.geom, 7, 0)::json,
                    'properties', json_build_object(
                        'layer', kept.layer,
                        'code', kept.code,
                        'name', kept.name,
                        'org_unit', kept.org_unit,
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
                        'status', kept.status,
                        'milestone', kept.milestone,
                        'reached_on', kept.reached_on,
                        'due_on', kept.due_on,
                        'area_m2', kept.area_m2,
                        'registered_area_m2', kept.registered_area_m2,
                        'received', received.amount,
                        'illustrative', coalesce(import_mark.illustrative, false)
                    )
                )
                ORDER BY kept.layer, kept.code
            ) FILTER (WHERE kept.number <= %(limit)s::integer),
            '[]'
        )
    )::text
FROM kept
CROSS JOIN LATERAL feature_received(kept.layer, kept.id, %(as_of)s::date) AS received
LEFT JOIN org_unit ON org_unit.code = kept.org_unit
LEFT JOIN import_mark ON import_mark.id = kept.source;
