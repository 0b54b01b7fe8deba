-- Every activity that is linked to features, with how far those are on a day; in the unit people read.
WITH linked AS MATERIALIZED (
    SELECT
        activity_feature.activity,
        feature.layer,
        feature.area_m2,
        feature.registered_area_m2,
        feature.attributes,
        at_day.status,
        at_day.milestones
    FROM activity_feature
    INNER JOIN feature ON feature.layer = activity_feature.layer AND feature.id = activity_feature.feature
    CROSS JOIN LATERAL feature_at(
        feature.layer, feature.id, feature.starts_on, feature.due_on, %(as_of)s::date
    ) AS at_day
    WHERE feature.deleted_at IS NULL
),

valued AS MATERIALIZED (
    SELECT
        linked.activity,
        linked.layer,
        layer_measure.measure,
        linked.status,
        linked.milestones,
        coalesce(
            measure_value(layer_measure.source, linked.area_m2, linked.registered_area_m2, linked.attributes), 0
        ) * layer_measure.factor / layer_measure.divisor AS value
    FROM linked
    INNER JOIN layer_measure ON layer_measure.layer = linked.layer
),

counted AS (
    SELECT
        activity,
        layer,
        measure,
        sum(value) AS population,
        coalesce(sum(value) FILTER (WHERE status = 'not_started'), 0) AS not_started,
        coalesce(sum(value) FILTER (WHERE status = 'under_way'), 0) AS under_way,
        coalesce(sum(value) FILTER (WHERE status = 'completed'), 0) AS completed,
        coalesce(sum(value) FILTER (WHERE status = 'accepted'), 0) AS accepted,
        coalesce(sum(value) FILTER (WHERE status = 'overdue'), 0) AS overdue
    FROM valued
    GROUP BY activity, layer, measure
),

milestone_sum AS (
    SELECT
        activity,
        layer,
        measure,
        milestone,
        sum(value) AS value
    FROM valued
    CROSS JOIN LATERAL unnest(milestones) AS milestone
    GROUP BY activity, layer, measure, milestone
),

milestone_value AS (
    SELECT
        counted.activity,
        counted.layer,
        counted.measure,
        json_object_agg(
            layer_milestone.milestone, trim_scale(round(coalesce(milestone_sum.value, 0), 6))
            ORDER BY layer_milestone.place
        ) AS reached,
        coalesce(sum(milestone_sum.value) FILTER (WHERE layer_milestone.completes), 0) AS completing
    FROM counted
    INNER JOIN layer_milestone ON layer_milestone.layer = counted.layer
    LEFT JOIN milestone_sum
        ON
            milestone_sum.activity = counted.activity
            AND milestone_sum.layer = counted.layer
            AND milestone_sum.measure = counted.measure
            AND milestone_sum.milestone = layer_milestone.milestone
    GROUP BY counted.activity, counted.layer, counted.measure
)

SELECT
    json_build_object(
        'as_of', %(as_of)s::date,
        'rows', coalesce(
            json_agg(
                json_build_object(
                    'activity', activity.code,
                    'name', json_build_object(
                        'zh', activity.name_zh, 'en', coalesce(activity.name_en, activity.name_zh)
                    ),
                    'layer', counted.layer,
                    'measure', counted.measure,
                    'unit', layer_measure.unit,
                    'population', trim_scale(round(counted.population, 6)),
                    'denominator', trim_scale(round(counted.population, 6)),
                    'denominator_kind', 'population',
                    'numerator', trim_scale(round(milestone_value.completing, 6)),
                    'milestones', milestone_value.reached,
                    'status', json_build_object(
                        'not_started', trim_scale(round(counted.not_started, 6)),
                        'under_way', trim_scale(round(counted.under_way, 6)),
                        'completed', trim_scale(round(counted.completed, 6)),
                        'accepted', trim_scale(round(counted.accepted, 6)),
                        'overdue', trim_scale(round(counted.overdue, 6))
                    )
                )
                ORDER BY activity.code, layer.place, layer.code, layer_measure.place
            ),
            '[]'
        )
    )::text
FROM counted
INNER JOIN milestone_value USING (activity, layer, measure)
INNER JOIN activity ON activity.code = counted.activity
INNER JOIN layer ON layer.code = counted.layer AND layer.declared
INNER JOIN layer_measure ON layer_measure.layer = counted.layer AND layer_measure.measure = counted.measure;
