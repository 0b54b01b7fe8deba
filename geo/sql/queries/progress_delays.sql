-- What is overdue on a day, by layer and township, in classes by how long ago it was due, and the records that are so
-- longest; from the records themselves.
WITH done AS MATERIALIZED (
    SELECT
        milestone.layer,
        milestone.feature
    FROM milestone
    INNER JOIN layer_milestone USING (layer, milestone)
    WHERE
        milestone.layer = ANY(%(layers)s::text[])
        AND milestone.state = 'approved'
        AND milestone.revoked_at IS NULL
        AND milestone.reached_on <= %(as_of)s::date
        AND layer_milestone.status >= 2
),

overdue AS MATERIALIZED (
    SELECT
        feature.layer,
        feature.id,
        feature.code,
        feature.org_unit,
        %(as_of)s::date - feature.due_on AS days
    FROM feature
    WHERE
        feature.layer = ANY(%(layers)s::text[])
        AND feature.deleted_at IS NULL
        AND feature.due_on < %(as_of)s::date
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
        AND NOT EXISTS (SELECT FROM done WHERE done.layer = feature.layer AND done.feature = feature.id)
        -- Listed: stated so, or by its first milestone; what has no date at all is listed from the beginning.
        AND (
            feature.starts_on <= %(as_of)s::date
            OR coalesce(
                (
                    SELECT min(milestone.reached_on)
                    FROM milestone
                    WHERE
                        milestone.layer = feature.layer
                        AND milestone.feature = feature.id
                        AND milestone.state = 'approved'
                        AND milestone.revoked_at IS NULL
                ),
                feature.starts_on,
                '-infinity'
            ) <= %(as_of)s::date
        )
),

counted AS (
    SELECT
        overdue.layer,
        CASE org_unit.level WHEN 'village' THEN org_unit.parent ELSE org_unit.code END AS org_unit,
        width_bucket(overdue.days, %(from_days)s::integer[]) AS class,
        count(*) AS features,
        max(overdue.days) AS longest
    FROM overdue
    LEFT JOIN org_unit ON org_unit.code = overdue.org_unit
    GROUP BY 1, 2, 3
),

spread AS (
    SELECT
        counted.layer,
        counted.org_unit,
        max(counted.longest) AS longest,
        sum(counted.features)::bigint AS features,
        array_agg(counted.class) AS classes,
        array_agg(counted.features) AS counts
    FROM counted
    GROUP BY counted.layer, counted.org_unit
),

longest AS (
    SELECT
        overdue.layer,
        overdue.id,
        overdue.code,
        overdue.org_unit,
        overdue.days
    FROM overdue
    ORDER BY overdue.days DESC, overdue.layer, overdue.code
    LIMIT %(limit)s::integer
)

SELECT
    json_build_object(
        'rows', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'layer', spread.layer,
                            'org_unit', spread.org_unit,
                            'features', spread.features,
                            'longest', spread.longest,
                            'classes', (
                                SELECT
                                    json_agg(
                                        coalesce(
                                            spread.counts[array_position(spread.classes, class.place::integer)], 0
                                        )
                                        ORDER BY class.place
                                    )
                                FROM unnest(%(from_days)s::integer[]) WITH ORDINALITY AS class (days, place)
                            )
                        )
                        ORDER BY spread.longest DESC, spread.features DESC, spread.layer, spread.org_unit
                    ),
                    '[]'
                )
            FROM spread
        ),
        'longest', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'id', longest.id,
                            'layer', longest.layer,
                            'code', longest.code,
                            'name', feature.name,
                            'township', CASE org_unit.level
                                WHEN 'township' THEN org_unit.code
                                WHEN 'village' THEN org_unit.parent
                            END,
                            'due_on', feature.due_on,
                            'days_overdue', longest.days
                        )
                        ORDER BY longest.days DESC, longest.layer, longest.code
                    ),
                    '[]'
                )
            FROM longest
            INNER JOIN feature ON feature.layer = longest.layer AND feature.id = longest.id
            LEFT JOIN org_unit ON org_unit.code = longest.org_unit
        )
    )::text;
