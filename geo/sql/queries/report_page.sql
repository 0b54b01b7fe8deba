-- Reports as JSON, the last first: what was seen, its milestone and how that stands, the photographs, the feature.
WITH told AS (
    SELECT
        report.*,
        reached.milestone,
        CASE
            WHEN report.withdrawn_at IS NOT NULL THEN 'withdrawn'
            WHEN reached.milestone IS NULL THEN 'noted'
            WHEN reached.revoked_at IS NOT NULL THEN 'revoked'
            ELSE reached.state
        END AS state,
        reached.judged_at,
        reached.judged_by,
        reached.judgement
    FROM report
    LEFT JOIN LATERAL (
        SELECT milestone.*
        FROM milestone
        WHERE milestone.report = report.id
        ORDER BY milestone.id DESC
        LIMIT 1
    ) AS reached ON true
    WHERE
        (%(id)s::uuid IS NULL OR report.id = %(id)s::uuid)
        AND (%(feature)s::uuid IS NULL OR report.feature = %(feature)s::uuid)
        AND (%(layer)s::text IS NULL OR report.layer = %(layer)s::text)
        AND (%(by)s::text IS NULL OR report.recorded_by = %(by)s::text)
),

matching AS MATERIALIZED (
    SELECT told.*
    FROM told
    INNER JOIN feature ON feature.layer = told.layer AND feature.id = told.feature
    WHERE
        (%(state)s::text IS NULL OR told.state = %(state)s::text)
        AND (
            %(org_unit)s::text IS NULL
            OR coalesce(feature.org_unit, '') IN (
                SELECT below.unit
                FROM org_unit_ancestor AS below
                WHERE below.ancestor = %(org_unit)s::text
            )
        )
),

page AS (
    SELECT
        matching.*,
        row_number() OVER (ORDER BY matching.recorded_at DESC, matching.id DESC) AS number,
        count(*) OVER () AS remaining
    FROM matching
    WHERE
        %(before)s::uuid IS NULL
        OR (matching.recorded_at, matching.id) < (
            SELECT
                last.recorded_at,
                last.id
            FROM report AS last
            WHERE last.id = %(before)s::uuid
        )
    ORDER BY matching.recorded_at DESC, matching.id DESC
    LIMIT %(limit)s::integer + 1
)

SELECT
    json_build_object(
        'matched', (SELECT count(*) FROM matching),
        'next', (
            SELECT last.id
            FROM page AS last
            WHERE last.number = %(limit)s::integer AND last.remaining > %(limit)s::integer
        ),
        'reports', coalesce(
            json_agg(
                json_build_object(
                    'id', page.id,
                    'state', page.state,
                    'milestone', page.milestone,
                    'seen_on', page.seen_on,
                    'note', page.note,
                    'position', CASE
                        WHEN page.geom IS NOT NULL
                            THEN json_build_object(
                                'lon', round(st_x(page.geom)::numeric, 7)::float8,
                                'lat', round(st_y(page.geom)::numeric, 7)::float8,
                                'accuracy_m', page.accuracy_m::float8,
                                'away_m', round(
                                    st_distance(page.geom::geography, feature.geom::geography)::numeric
                                )::integer
                            )
                    END,
                    'recorded_at', page.recorded_at,
                    'recorded_by', page.recorded_by,
                    'judged_at', page.judged_at,
                    'judged_by', page.judged_by,
                    'judgement', page.judgement,
                    'announced', page.photographs,
                    'photographs', shown.photographs,
                    'feature', json_build_object(
                        'id', feature.id,
                        'layer', feature.layer,
                        'code', feature.code,
                        'name', feature.name,
                        'org_unit', feature.org_unit,
                        'place', CASE
                            WHEN place.code IS NOT NULL
                                THEN json_build_object(
                                    'zh', concat_ws(
                                        ' · ',
                                        coalesce(above.short_name, above.name_zh),
                                        coalesce(place.short_name, place.name_zh)
                                    ),
                                    'en', concat_ws(
                                        ' · ',
                                        coalesce(above.name_en, above.name_zh),
                                        coalesce(place.name_en, place.name_zh)
                                    )
                                )
                        END,
                        'reached', (
                            SELECT coalesce(json_agg(valid.milestone), '[]')
                            FROM milestone AS valid
                            WHERE
                                valid.layer = feature.layer
                                AND valid.feature = feature.id
                                AND valid.state = 'approved'
                                AND valid.revoked_at IS NULL
                        )
                    )
                )
                ORDER BY page.number
            ) FILTER (WHERE page.number <= %(limit)s::integer),
            '[]'
        )
    )::text
FROM page
INNER JOIN feature ON feature.layer = page.layer AND feature.id = page.feature
LEFT JOIN org_unit AS place ON place.code = feature.org_unit
LEFT JOIN org_unit AS above ON above.code = place.parent AND place.level = 'village'
CROSS JOIN LATERAL (
    SELECT
        coalesce(
            json_agg(
                json_build_object(
                    'number', attachment.number,
                    'width', attachment.width,
                    'height', attachment.height,
                    'taken_at', attachment.taken_at,
                    'lon', round(st_x(attachment.geom)::numeric, 7)::float8,
                    'lat', round(st_y(attachment.geom)::numeric, 7)::float8,
                    'bearing', attachment.bearing::float8,
                    'away_m', round(
                        st_distance(attachment.geom::geography, feature.geom::geography)::numeric
                    )::integer
                )
                ORDER BY attachment.number
            ),
            '[]'
        ) AS photographs
    FROM attachment
    WHERE attachment.report = page.id
) AS shown;
