-- What a unit had reached of a layer at the end of each month, the last one up to the day; in the unit people read.
WITH change AS MATERIALIZED (
    SELECT
        measure,
        stage,
        month,
        value
    FROM progress_month
    WHERE
        org_unit = %(org_unit)s::text
        AND layer = %(layer)s::text
        AND month < date_trunc('month', %(as_of)s::date)::date
        AND (%(measure)s::text IS NULL OR measure = %(measure)s::text)
    UNION ALL
    SELECT
        measure,
        stage,
        date_trunc('month', day)::date,
        value
    FROM progress_day
    WHERE
        org_unit = %(org_unit)s::text
        AND layer = %(layer)s::text
        AND day BETWEEN date_trunc('month', %(as_of)s::date)::date AND %(as_of)s::date
        AND (%(measure)s::text IS NULL OR measure = %(measure)s::text)
    UNION ALL
    SELECT
        measure,
        stage,
        date_trunc('month', day)::date,
        value
    FROM progress_delta
    WHERE
        org_unit = %(org_unit)s::text
        AND layer = %(layer)s::text
        AND day <= %(as_of)s::date
        AND (%(measure)s::text IS NULL OR measure = %(measure)s::text)
),

-- From the first month in which anything happened; what has no date at all counts from there.
span AS (
    SELECT
        coalesce(
            min(month) FILTER (WHERE isfinite(month)),
            date_trunc('month', %(as_of)s::date)::date
        ) AS first
    FROM change
    HAVING count(*) > 0
),

month AS (
    SELECT each::date AS month
    FROM span
    CROSS JOIN LATERAL generate_series(
        span.first, date_trunc('month', %(as_of)s::date), interval '1 month'
    ) AS each
),

change_in_month AS (
    SELECT
        change.measure,
        change.stage,
        greatest(change.month, span.first) AS month,
        sum(change.value) AS value
    FROM change
    CROSS JOIN span
    GROUP BY change.measure, change.stage, greatest(change.month, span.first)
),

line AS (
    SELECT
        layer_measure.measure,
        layer_measure.place AS measure_place,
        layer_measure.factor,
        layer_measure.divisor,
        stage.stage,
        stage.place
    FROM layer_measure
    CROSS JOIN LATERAL (
        SELECT
            '' AS stage,
            -1 AS place
        UNION ALL
        SELECT
            layer_milestone.milestone,
            layer_milestone.place
        FROM layer_milestone
        WHERE layer_milestone.layer = layer_measure.layer
    ) AS stage
    WHERE
        layer_measure.layer = %(layer)s::text
        AND (%(measure)s::text IS NULL OR layer_measure.measure = %(measure)s::text)
),

running AS (
    SELECT
        line.measure,
        line.measure_place,
        line.stage,
        line.place,
        month.month,
        trim_scale(
            round(
                coalesce(
                    sum(change_in_month.value) OVER (PARTITION BY line.measure, line.stage ORDER BY month.month), 0
                ) * line.factor / line.divisor,
                6
            )
        ) AS value
    FROM line
    CROSS JOIN month
    LEFT JOIN change_in_month
        ON
            change_in_month.measure = line.measure
            AND change_in_month.stage = line.stage
            AND change_in_month.month = month.month
),

drawn AS (
    SELECT
        running.measure,
        running.measure_place,
        running.stage,
        running.place,
        json_agg(running.value ORDER BY running.month) AS points
    FROM running
    GROUP BY running.measure, running.measure_place, running.stage, running.place
)

SELECT
    json_build_object(
        'layer', %(layer)s::text,
        'org_unit', nullif(%(org_unit)s::text, ''),
        'as_of', %(as_of)s::date,
        'months', (SELECT coalesce(json_agg(to_char(month.month, 'YYYY-MM') ORDER BY month.month), '[]') FROM month),
        'rows', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object('measure', measure, 'milestone', stage, 'values', points)
                        ORDER BY measure_place, place
                    ),
                    '[]'
                )
            FROM drawn
            WHERE stage <> ''
        ),
        'population', (
            SELECT
                coalesce(
                    json_agg(json_build_object('measure', measure, 'values', points) ORDER BY measure_place), '[]'
                )
            FROM drawn
            WHERE stage = ''
        )
    )::text;
