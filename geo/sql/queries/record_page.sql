-- One page of the records that are listed on a day, by layer and code, or those due longest first; with what all that
-- match come to in every measure of their layers. One record more than the page holds says that there are more.
-- Telling are the milestones that tell whether the status is the one that is asked for.
WITH telling AS MATERIALIZED (
    SELECT
        layer_milestone.layer,
        layer_milestone.milestone,
        layer_milestone.status
    FROM layer_milestone
    WHERE
        layer_milestone.status >= CASE %(status)s::text
            WHEN 'accepted' THEN 3 WHEN 'completed' THEN 2 WHEN 'overdue' THEN 2 ELSE 1
        END
),

mark AS MATERIALIZED (
    SELECT
        milestone.layer,
        milestone.feature,
        telling.status
    FROM milestone
    INNER JOIN telling USING (layer, milestone)
    WHERE
        milestone.layer = ANY(%(layers)s::text[])
        AND milestone.state = 'approved'
        AND milestone.revoked_at IS NULL
        AND milestone.reached_on <= %(as_of)s::date
),

hit AS MATERIALIZED (
    SELECT
        milestone.layer,
        milestone.feature
    FROM milestone
    INNER JOIN layer_milestone USING (layer, milestone)
    WHERE
        milestone.layer = ANY(%(layers)s::text[])
        AND milestone.state = 'approved'
        AND milestone.revoked_at IS NULL
        AND (%(milestone)s::text IS NULL OR milestone.milestone = %(milestone)s::text)
        AND (NOT %(completing)s::boolean OR layer_milestone.completes)
        AND milestone.reached_on >= coalesce(%(since)s::date, '-infinity')
        AND milestone.reached_on <= least(%(until)s::date, %(as_of)s::date)
),

candidate AS NOT MATERIALIZED (
    SELECT
        feature.layer,
        feature.id,
        feature.code,
        feature.name,
        feature.org_unit,
        feature.area_m2,
        feature.registered_area_m2,
        feature.attributes,
        feature.starts_on,
        feature.due_on,
        feature.source,
        CASE WHEN %(by_due)s::boolean THEN feature.due_on END AS due_first
    FROM feature
    WHERE
        feature.deleted_at IS NULL
        AND feature.layer = ANY(%(layers)s::text[])
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
        AND (%(due_from)s::date IS NULL OR feature.due_on >= %(due_from)s::date)
        AND (%(due_to)s::date IS NULL OR feature.due_on <= %(due_to)s::date)
        AND (
            NOT %(hits)s::boolean
            OR EXISTS (SELECT FROM hit WHERE hit.layer = feature.layer AND hit.feature = feature.id)
        )
        AND CASE %(status)s::text
            WHEN 'accepted' THEN EXISTS (
                SELECT FROM mark WHERE mark.layer = feature.layer AND mark.feature = feature.id AND mark.status = 3
            )
            WHEN 'completed' THEN EXISTS (
                SELECT FROM mark WHERE mark.layer = feature.layer AND mark.feature = feature.id AND mark.status = 2
            ) AND NOT EXISTS (
                SELECT FROM mark WHERE mark.layer = feature.layer AND mark.feature = feature.id AND mark.status = 3
            )
            WHEN 'overdue' THEN feature.due_on < %(as_of)s::date AND NOT EXISTS (
                SELECT FROM mark WHERE mark.layer = feature.layer AND mark.feature = feature.id AND mark.status >= 2
            )
            WHEN 'under_way' THEN (feature.due_on < %(as_of)s::date) IS NOT TRUE AND EXISTS (
                SELECT FROM mark WHERE mark.layer = feature.layer AND mark.feature = feature.id
            ) AND NOT EXISTS (
                SELECT FROM mark WHERE mark.layer = feature.layer AND mark.feature = feature.id AND mark.status >= 2
            )
            WHEN 'not_started' THEN (feature.due_on < %(as_of)s::date) IS NOT TRUE AND NOT EXISTS (
                SELECT FROM mark WHERE mark.layer = feature.layer AND mark.feature = feature.id
            ) AND EXISTS (SELECT FROM layer_milestone WHERE layer_milestone.layer = feature.layer)
            ELSE true
        END
        AND (
            feature.starts_on <= %(as_of)s::date
            OR %(status)s::text IN ('under_way', 'completed', 'accepted')
            OR coalesce(
                least(
                    feature.starts_on,
                    (
                        SELECT min(milestone.reached_on)
                        FROM milestone
                        WHERE
                            milestone.layer = feature.layer
                            AND milestone.feature = feature.id
                            AND milestone.state = 'approved'
                            AND milestone.revoked_at IS NULL
                    )
                ), '-infinity'
            ) <= %(as_of)s::date
        )
),

page AS MATERIALIZED (
    SELECT candidate.*
    FROM candidate
    WHERE
        %(after_layer)s::text IS NULL
        OR (coalesce(candidate.due_first, '-infinity'), candidate.layer, candidate.code) > (
            coalesce(%(after_due)s::date, '-infinity'), %(after_layer)s::text, %(after_code)s::text
        )
    ORDER BY candidate.due_first, candidate.layer, candidate.code
    LIMIT %(limit)s::integer + 1
),

-- What the kept sums say where they can; what the records add up to otherwise.
summed AS (
    SELECT
        reached.layer,
        reached.measure,
        CASE
            WHEN %(hits)s::boolean THEN (
                SELECT reached.value
                FROM layer_milestone
                WHERE
                    layer_milestone.layer = reached.layer
                    AND layer_milestone.milestone = reached.stage
                    AND (%(milestone)s::text IS NULL OR layer_milestone.milestone = %(milestone)s::text)
                    AND (NOT %(completing)s::boolean OR layer_milestone.completes)
            )
            WHEN coalesce(%(status)s::text, 'all') || ' ' || reached.stage IN (
                'all ', 'not_started ', 'under_way @1', 'completed @2', 'accepted @3', 'overdue @idle', 'overdue @late'
            ) THEN reached.value
            WHEN %(status)s::text || ' ' || reached.stage IN (
                'not_started @1', 'not_started @idle', 'under_way @2', 'under_way @late', 'completed @3'
            ) THEN -reached.value
        END AS value
    FROM progress_at(%(units)s::text[], least(%(until)s::date, %(as_of)s::date)) AS reached
    WHERE
        %(sums)s::boolean
        AND (
            NOT %(hits)s::boolean
            OR %(since)s::date IS NULL
            OR %(since)s::date <= least(%(until)s::date, %(as_of)s::date)
        )
    UNION ALL
    SELECT
        reached.layer,
        reached.measure,
        -reached.value
    FROM progress_at(%(units)s::text[], %(since)s::date - 1) AS reached
    INNER JOIN layer_milestone ON layer_milestone.layer = reached.layer AND layer_milestone.milestone = reached.stage
    WHERE
        %(sums)s::boolean
        AND %(hits)s::boolean
        AND %(since)s::date <= least(%(until)s::date, %(as_of)s::date)
        AND (%(milestone)s::text IS NULL OR layer_milestone.milestone = %(milestone)s::text)
        AND (NOT %(completing)s::boolean OR layer_milestone.completes)
    UNION ALL
    SELECT
        candidate.layer,
        layer_measure.measure,
        sum(
            measure_value(
                layer_measure.source, candidate.area_m2, candidate.registered_area_m2, candidate.attributes
            )
        )
    FROM candidate
    INNER JOIN layer_measure ON layer_measure.layer = candidate.layer
    WHERE NOT %(sums)s::boolean
    GROUP BY candidate.layer, layer_measure.measure
),

total AS (
    SELECT
        layer.place AS layer_place,
        layer_measure.layer,
        layer_measure.measure,
        layer_measure.unit,
        layer_measure.place,
        layer_measure.source,
        trim_scale(round(sum(summed.value) * layer_measure.factor / layer_measure.divisor, 6)) AS value
    FROM summed
    INNER JOIN layer_measure ON layer_measure.layer = summed.layer AND layer_measure.measure = summed.measure
    INNER JOIN layer ON layer.code = layer_measure.layer
    WHERE summed.layer = ANY(%(layers)s::text[])
    GROUP BY
        layer.place,
        layer_measure.layer,
        layer_measure.measure,
        layer_measure.unit,
        layer_measure.place,
        layer_measure.source,
        layer_measure.factor,
        layer_measure.divisor
),

counted AS (
    SELECT DISTINCT ON (total.layer) total.layer, total.value
    FROM total
    WHERE total.source = 'count'
    ORDER BY total.layer, total.place
),

told AS (
    SELECT
        page.*,
        at_day.status,
        at_day.milestone,
        at_day.reached_on,
        org_unit.level,
        org_unit.parent,
        org_unit.short_name,
        org_unit.name_zh,
        org_unit.name_en,
        coalesce(import_mark.illustrative, false) AS illustrative,
        first_measure.unit,
        trim_scale(
            round(
                measure_value(first_measure.source, page.area_m2, page.registered_area_m2, page.attributes)
                * first_measure.factor / first_measure.divisor,
                6
            )
        ) AS value
    FROM page
    CROSS JOIN LATERAL feature_at(
        page.layer, page.id, page.starts_on, page.due_on, %(as_of)s::date
    ) AS at_day
    LEFT JOIN layer_measure AS first_measure ON first_measure.layer = page.layer AND first_measure.place = 0
    LEFT JOIN org_unit ON org_unit.code = page.org_unit
    LEFT JOIN import_mark ON import_mark.id = page.source
)

SELECT
    json_build_object(
        'as_of', %(as_of)s::date,
        'number_matched', (SELECT coalesce(sum(counted.value), 0)::bigint FROM counted),
        'totals', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'layer', total.layer, 'measure', total.measure, 'unit', total.unit, 'value', total.value
                        )
                        ORDER BY total.layer_place, total.layer, total.place
                    ),
                    '[]'
                )
            FROM total
            WHERE total.value <> 0
        ),
        'records', coalesce(
            json_agg(
                json_build_object(
                    'id', told.id,
                    'layer', told.layer,
                    'code', told.code,
                    'name', told.name,
                    'township', CASE told.level WHEN 'township' THEN told.org_unit WHEN 'village' THEN told.parent END,
                    'village', CASE
                        WHEN told.level = 'village'
                            THEN json_build_object(
                                'code', told.org_unit,
                                'name', json_build_object(
                                    'zh', coalesce(told.short_name, told.name_zh),
                                    'en', coalesce(told.name_en, told.name_zh)
                                )
                            )
                    END,
                    'status', told.status,
                    'milestone', told.milestone,
                    'reached_on', told.reached_on,
                    'due_on', told.due_on,
                    'days_overdue', CASE WHEN told.status = 'overdue' THEN %(as_of)s::date - told.due_on END,
                    'value', told.value,
                    'unit', told.unit,
                    'illustrative', told.illustrative
                )
                ORDER BY told.due_first, told.layer, told.code
            ),
            '[]'
        )
    )::text
FROM told;
