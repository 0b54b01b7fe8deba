-- Every unit of a level below a unit, and that unit itself, on a day: one row for each measure of each layer that has
-- features there. Values are in the unit people read.
--
-- How many rows the sums have is nothing a planner can know, so they are brought together by counting, not by joins.
WITH unit AS MATERIALIZED (
    SELECT org_unit_ancestor.unit AS code
    FROM org_unit_ancestor
    LEFT JOIN org_unit ON org_unit.code = org_unit_ancestor.unit
    WHERE
        org_unit_ancestor.ancestor = %(org_unit)s::text
        AND (
            org_unit_ancestor.unit = %(org_unit)s::text
            OR org_unit.level = %(by)s::text
            OR (org_unit_ancestor.unit = '' AND %(by)s::text <> 'self')
        )
),

measure AS MATERIALIZED (
    SELECT
        layer_measure.layer,
        layer_measure.measure,
        layer_measure.unit,
        layer_measure.factor / layer_measure.divisor AS scale,
        layer_measure.place,
        layer.place AS layer_place
    FROM layer
    INNER JOIN layer_measure ON layer_measure.layer = layer.code
    WHERE
        layer.declared
        AND EXISTS (SELECT FROM layer_milestone WHERE layer_milestone.layer = layer.code)
        AND (%(layer)s::text IS NULL OR layer_measure.layer = %(layer)s::text)
        AND (%(measure)s::text IS NULL OR layer_measure.measure = %(measure)s::text)
),

-- The target of the newest period that holds the day, else of the newest that has begun.
goal AS MATERIALIZED (
    SELECT DISTINCT ON (target.org_unit, target.layer, target.measure)
        target.org_unit,
        target.layer,
        target.measure,
        target.milestone,
        target.starts_on,
        target.ends_on,
        target.value
    FROM target
    INNER JOIN layer_milestone USING (layer, milestone)
    WHERE
        target.org_unit = ANY(ARRAY(SELECT unit.code FROM unit))
        AND layer_milestone.completes
        AND target.starts_on <= %(as_of)s::date
        AND (%(layer)s::text IS NULL OR target.layer = %(layer)s::text)
        AND (%(measure)s::text IS NULL OR target.measure = %(measure)s::text)
    ORDER BY
        target.org_unit,
        target.layer,
        target.measure,
        target.ends_on >= %(as_of)s::date DESC,
        target.starts_on DESC,
        target.ends_on DESC
),

-- What had been reached before the period and, where it is over, at its end.
task AS MATERIALIZED (
    SELECT
        goal.*,
        (
            SELECT sum(reached.value)
            FROM progress_at(ARRAY[goal.org_unit], goal.starts_on - 1) AS reached
            WHERE
                reached.layer = goal.layer
                AND reached.measure = goal.measure
                AND reached.stage = goal.milestone
        ) AS before,
        (
            SELECT sum(reached.value)
            FROM progress_at(ARRAY[goal.org_unit], goal.ends_on) AS reached
            WHERE
                goal.ends_on < %(as_of)s::date
                AND reached.layer = goal.layer
                AND reached.measure = goal.measure
                AND reached.stage = goal.milestone
        ) AS at_end
    FROM goal
),

fact AS (
    SELECT
        reached.org_unit,
        reached.layer,
        reached.measure,
        reached.stage,
        reached.value,
        NULL::integer AS place,
        NULL::boolean AS completes,
        NULL::numeric AS target,
        NULL::date AS starts_on,
        NULL::date AS ends_on,
        NULL::numeric AS before,
        NULL::numeric AS at_end
    FROM (SELECT array_agg(unit.code) AS codes FROM unit) AS asked
    CROSS JOIN LATERAL progress_at(asked.codes, %(as_of)s::date) AS reached
    WHERE
        (%(layer)s::text IS NULL OR reached.layer = %(layer)s::text)
        AND (%(measure)s::text IS NULL OR reached.measure = %(measure)s::text)
    UNION ALL
    -- Milestones that nothing has reached are zero.
    SELECT
        unit.code,
        measure.layer,
        measure.measure,
        layer_milestone.milestone,
        0,
        layer_milestone.place,
        layer_milestone.completes,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL
    FROM unit
    CROSS JOIN measure
    INNER JOIN layer_milestone ON layer_milestone.layer = measure.layer
    UNION ALL
    SELECT
        task.org_unit,
        task.layer,
        task.measure,
        task.milestone,
        0,
        NULL,
        NULL,
        task.value,
        task.starts_on,
        task.ends_on,
        task.before,
        task.at_end
    FROM task
),

stage AS (
    SELECT
        fact.org_unit,
        fact.layer,
        fact.measure,
        fact.stage,
        sum(fact.value) AS value,
        max(fact.place) AS place,
        coalesce(bool_or(fact.completes), false) AS completes,
        max(fact.target) AS target,
        max(fact.starts_on) AS starts_on,
        max(fact.ends_on) AS ends_on,
        coalesce(max(fact.before), 0) AS before,
        coalesce(max(fact.at_end), 0) AS at_end
    FROM fact
    GROUP BY fact.org_unit, fact.layer, fact.measure, fact.stage
),

scaled AS (
    SELECT
        stage.org_unit,
        stage.layer,
        stage.measure,
        stage.stage,
        stage.place,
        stage.completes,
        stage.target * measure.scale AS target,
        stage.starts_on,
        stage.ends_on,
        measure.unit,
        measure.layer_place,
        measure.place AS measure_place,
        trim_scale(round(stage.value * measure.scale, 6)) AS value,
        (CASE WHEN stage.ends_on < %(as_of)s::date THEN stage.at_end ELSE stage.value END - stage.before)
        * measure.scale AS within
    FROM stage
    INNER JOIN measure ON measure.layer = stage.layer AND measure.measure = stage.measure
),

counted AS (
    SELECT
        scaled.org_unit,
        scaled.layer,
        scaled.measure,
        scaled.unit,
        scaled.layer_place,
        scaled.measure_place,
        coalesce(sum(scaled.value) FILTER (WHERE scaled.stage = ''), 0) AS population,
        coalesce(sum(scaled.value) FILTER (WHERE scaled.stage = '@1'), 0) AS begun,
        coalesce(sum(scaled.value) FILTER (WHERE scaled.stage = '@2'), 0) AS completed,
        coalesce(sum(scaled.value) FILTER (WHERE scaled.stage = '@3'), 0) AS accepted,
        coalesce(sum(scaled.value) FILTER (WHERE scaled.stage = '@idle'), 0) AS idle,
        coalesce(sum(scaled.value) FILTER (WHERE scaled.stage = '@late'), 0) AS late,
        json_object_agg(scaled.stage, scaled.value ORDER BY scaled.place)
        FILTER (WHERE scaled.place IS NOT NULL) AS milestones,
        trim_scale(round(max(scaled.target), 6)) AS target,
        max(scaled.starts_on) AS starts_on,
        max(scaled.ends_on) AS ends_on,
        trim_scale(
            round(
                sum(CASE WHEN scaled.target IS NULL THEN scaled.value ELSE scaled.within END)
                FILTER (WHERE scaled.completes),
                6
            )
        ) AS numerator
    FROM scaled
    GROUP BY
        scaled.org_unit, scaled.layer, scaled.measure, scaled.unit, scaled.layer_place, scaled.measure_place
),

-- No data is not zero: a unit without features of a layer has no row, one with features has a row for every measure.
-- Units are compared on one denominator: where any of them has a target, one without has no task.
present AS (
    SELECT
        counted.*,
        coalesce(
            counted.target,
            CASE
                WHEN
                    bool_or(counted.target IS NOT NULL AND counted.org_unit <> %(org_unit)s::text)
                        OVER (PARTITION BY counted.layer, counted.measure)
                    THEN 0
            END
        ) AS task,
        bool_or(counted.population <> 0) OVER (PARTITION BY counted.org_unit, counted.layer) AS there
    FROM counted
)

SELECT
    json_build_object(
        'as_of', %(as_of)s::date,
        'rows', coalesce(
            json_agg(
                json_build_object(
                    'org_unit', nullif(present.org_unit, ''),
                    'layer', present.layer,
                    'measure', present.measure,
                    'unit', present.unit,
                    'population', present.population,
                    'denominator', coalesce(present.task, present.population),
                    'denominator_kind', CASE WHEN present.task IS NULL THEN 'population' ELSE 'target' END,
                    'numerator', present.numerator,
                    'period', CASE
                        WHEN present.target IS NOT NULL
                            THEN json_build_object('starts_on', present.starts_on, 'ends_on', present.ends_on)
                    END,
                    'milestones', present.milestones,
                    'status', json_build_object(
                        'not_started', trim_scale(present.population - present.begun - present.idle),
                        'under_way', trim_scale(present.begun - present.completed - present.late),
                        'completed', trim_scale(present.completed - present.accepted),
                        'accepted', present.accepted,
                        'overdue', trim_scale(present.idle + present.late)
                    )
                )
                ORDER BY
                    present.org_unit <> %(org_unit)s::text,
                    present.org_unit = '',
                    present.org_unit,
                    present.layer_place,
                    present.layer,
                    present.measure_place
            ),
            '[]'
        )
    )::text
FROM present
WHERE present.there;
