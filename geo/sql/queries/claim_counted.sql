-- What features count of each wanted figure, in the base unit; NULL where there is no feature, or none with a value.
WITH wanted AS (
    SELECT
        figure.place,
        figure.layer,
        figure.day,
        figure.units,
        figure.source,
        figure.distinct_of,
        figure.milestone,
        figure.attributes
    FROM
        json_to_recordset(%(wanted)s::json) AS figure (
            place integer,
            layer text,
            day date,
            units text[],
            source text,
            distinct_of text,
            milestone text,
            attributes jsonb
        )
),

listed AS (
    SELECT
        wanted.place,
        measure_value(
            wanted.source, feature.area_m2, feature.registered_area_m2, feature.attributes
        ) AS value,
        feature.attributes ->> wanted.distinct_of AS different,
        wanted.distinct_of <> '' AS is_distinct,
        wanted.milestone IS NULL OR coalesce(reached.reached_on <= wanted.day, false) AS is_reached
    FROM wanted
    INNER JOIN feature ON feature.layer = wanted.layer
    LEFT JOIN LATERAL (
        SELECT
            min(milestone.reached_on) AS first,
            min(milestone.reached_on) FILTER (WHERE milestone.milestone = wanted.milestone) AS reached_on
        FROM milestone
        WHERE
            milestone.layer = feature.layer
            AND milestone.feature = feature.id
            AND milestone.state = 'approved'
            AND milestone.revoked_at IS NULL
    ) AS reached ON true
    WHERE
        feature.deleted_at IS NULL
        AND coalesce(least(feature.starts_on, reached.first), '-infinity') <= wanted.day
        AND NOT EXISTS (
            SELECT
            FROM jsonb_each(wanted.attributes) AS filter
            WHERE NOT filter.value ? coalesce(feature.attributes ->> filter.key, '')
        )
        AND (
            wanted.units = '{}'
            OR EXISTS (
                SELECT
                FROM org_unit_ancestor AS above
                WHERE above.unit = coalesce(feature.org_unit, '') AND above.ancestor = any(wanted.units)
            )
        )
)

SELECT
    place,
    CASE
        WHEN bool_or(is_distinct) THEN count(DISTINCT different) FILTER (WHERE is_reached)::numeric
        WHEN count(value) > 0 THEN coalesce(sum(value) FILTER (WHERE is_reached), 0)
    END AS total,
    count(*) FILTER (WHERE is_reached) AS records
FROM listed
GROUP BY place
ORDER BY place;
