-- Population, completed and overdue of a unit at the end of each month up to a day, and on single days; the target as
-- the level that completed has to come to by the end of its period. Of one measure, or of one for each of some layers.
WITH measure AS MATERIALIZED (
    SELECT
        layer_measure.layer,
        layer_measure.measure,
        layer_measure.factor / layer_measure.divisor AS scale,
        layer_milestone.milestone
    FROM unnest(%(layers)s::text[], %(measures)s::text[]) AS asked (layer, measure)
    INNER JOIN layer_measure ON layer_measure.layer = asked.layer AND layer_measure.measure = asked.measure
    INNER JOIN layer_milestone ON layer_milestone.layer = asked.layer AND layer_milestone.completes
),

change AS MATERIALIZED (
    SELECT
        kept.layer,
        kept.measure,
        kept.stage,
        kept.month,
        kept.value
    FROM progress_month AS kept
    WHERE kept.org_unit = %(org_unit)s::text AND kept.month < date_trunc('month', %(as_of)s::date)::date
    UNION ALL
    SELECT
        kept.layer,
        kept.measure,
        kept.stage,
        date_trunc('month', kept.day)::date,
        kept.value
    FROM progress_day AS kept
    WHERE
        kept.org_unit = %(org_unit)s::text
        AND kept.day BETWEEN date_trunc('month', %(as_of)s::date)::date AND %(as_of)s::date
    UNION ALL
    SELECT
        kept.layer,
        kept.measure,
        kept.stage,
        date_trunc('month', kept.day)::date,
        kept.value
    FROM progress_delta AS kept
    WHERE kept.org_unit = %(org_unit)s::text AND kept.day <= %(as_of)s::date
),

sorted AS (
    SELECT
        change.month,
        measure.scale * change.value AS value,
        CASE
            WHEN change.stage = '' THEN 'population'
            WHEN change.stage = measure.milestone THEN 'completed'
            WHEN change.stage IN ('@idle', '@late') THEN 'overdue'
        END AS kind
    FROM change
    INNER JOIN measure ON measure.layer = change.layer AND measure.measure = change.measure
),

month AS (
    SELECT
        each::date AS month,
        least((each + interval '1 month')::date - 1, %(as_of)s::date) AS day
    FROM (
        SELECT
            greatest(
                coalesce(
                    min(sorted.month) FILTER (WHERE isfinite(sorted.month)), date_trunc('month', %(as_of)s::date)::date
                ),
                date_trunc('month', %(as_of)s::date)::date - make_interval(months => %(months)s::integer - 1)
            ) AS first
        FROM sorted
        WHERE sorted.kind IS NOT NULL
    ) AS span
    CROSS JOIN LATERAL generate_series(span.first, date_trunc('month', %(as_of)s::date), interval '1 month') AS each
),

in_month AS (
    SELECT
        sorted.kind,
        greatest(sorted.month, (SELECT min(month.month) FROM month)) AS month,
        sum(sorted.value) AS value
    FROM sorted
    WHERE sorted.kind IS NOT NULL
    GROUP BY 1, 2
),

running AS (
    SELECT
        kind.kind,
        month.month,
        trim_scale(
            round(coalesce(sum(in_month.value) OVER (PARTITION BY kind.kind ORDER BY month.month), 0), 6)
        ) AS value
    FROM (VALUES ('population'), ('completed'), ('overdue')) AS kind (kind)
    CROSS JOIN month
    LEFT JOIN in_month ON in_month.kind = kind.kind AND in_month.month = month.month
),

-- The days that are compared.
compared AS (
    SELECT
        asked.place,
        asked.day,
        coalesce(sum(reached.value * measure.scale) FILTER (WHERE reached.stage = ''), 0) AS population,
        coalesce(
            sum(reached.value * measure.scale) FILTER (WHERE reached.stage = measure.milestone), 0
        ) AS completed,
        coalesce(
            sum(reached.value * measure.scale) FILTER (WHERE reached.stage IN ('@idle', '@late')), 0
        ) AS overdue
    FROM unnest(%(days)s::date[]) WITH ORDINALITY AS asked (day, place)
    LEFT JOIN LATERAL (
        SELECT
            at_day.layer,
            at_day.measure,
            at_day.stage,
            at_day.value
        FROM progress_at(ARRAY[%(org_unit)s::text], asked.day) AS at_day
    ) AS reached ON true
    LEFT JOIN measure ON measure.layer = reached.layer AND measure.measure = reached.measure
    GROUP BY asked.place, asked.day
),

goal AS MATERIALIZED (
    SELECT
        target.starts_on,
        target.ends_on,
        measure.scale * (
            target.value + coalesce(
                (
                    SELECT sum(reached.value)
                    FROM progress_at(ARRAY[%(org_unit)s::text], target.starts_on - 1) AS reached
                    WHERE
                        reached.layer = target.layer
                        AND reached.measure = target.measure
                        AND reached.stage = target.milestone
                ),
                0
            )
        ) AS level
    FROM measure
    INNER JOIN target
        ON
            target.layer = measure.layer
            AND target.measure = measure.measure
            AND target.milestone = measure.milestone
    WHERE
        %(targets)s::boolean
        AND target.org_unit = %(org_unit)s::text
        AND target.starts_on <= %(as_of)s::date
)

SELECT
    json_build_object(
        'months', (SELECT coalesce(json_agg(to_char(month.month, 'YYYY-MM') ORDER BY month.month), '[]') FROM month),
        'days', (SELECT coalesce(json_agg(month.day ORDER BY month.month), '[]') FROM month),
        'population', (
            SELECT coalesce(json_agg(running.value ORDER BY running.month), '[]')
            FROM running
            WHERE running.kind = 'population'
        ),
        'completed', (
            SELECT coalesce(json_agg(running.value ORDER BY running.month), '[]')
            FROM running
            WHERE running.kind = 'completed'
        ),
        'overdue', (
            SELECT coalesce(json_agg(running.value ORDER BY running.month), '[]')
            FROM running
            WHERE running.kind = 'overdue'
        ),
        'target', (
            SELECT
                coalesce(
                    json_agg(
                        (
                            SELECT trim_scale(round(goal.level, 6))
                            FROM goal
                            WHERE month.day BETWEEN goal.starts_on AND goal.ends_on
                            ORDER BY goal.starts_on DESC, goal.ends_on DESC
                            LIMIT 1
                        )
                        ORDER BY month.month
                    ),
                    '[]'
                )
            FROM month
        ),
        'compared', (
            SELECT
                json_agg(
                    json_build_object(
                        'day', compared.day,
                        'population', trim_scale(round(compared.population, 6)),
                        'completed', trim_scale(round(compared.completed, 6)),
                        'overdue', trim_scale(round(compared.overdue, 6))
                    )
                    ORDER BY compared.place
                )
            FROM compared
        )
    )::text;
