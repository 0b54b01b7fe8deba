-- How far the work and the money of each activity are on a day, as a whole ('*') and in each township: physical is the
-- share of its linked features that has passed the completing milestone, by the first measure of their layer, layers
-- weighing as many as they have features.
WITH linked AS MATERIALIZED (
    SELECT
        activity_feature.activity,
        feature.layer,
        coalesce(township.code, '') AS township,
        coalesce(
            measure_value(
                layer_measure.source, feature.area_m2, feature.registered_area_m2, feature.attributes
            ), 0
        ) AS value,
        feature.due_on,
        at_day.status,
        (
            SELECT count(*) > 0
            FROM layer_milestone
            WHERE
                layer_milestone.layer = feature.layer
                AND layer_milestone.completes
                AND layer_milestone.milestone = ANY(at_day.milestones)
        ) AS done,
        (
            SELECT max(milestone.reached_on)
            FROM milestone
            WHERE
                milestone.layer = feature.layer
                AND milestone.feature = feature.id
                AND milestone.reached_on <= %(as_of)s::date
                AND milestone.state = 'approved'
                AND milestone.revoked_at IS NULL
        ) AS moved_on
    FROM activity_feature
    INNER JOIN feature ON feature.layer = activity_feature.layer AND feature.id = activity_feature.feature
    INNER JOIN layer_measure ON layer_measure.layer = feature.layer AND layer_measure.place = 0
    CROSS JOIN LATERAL feature_at(
        feature.layer, feature.id, feature.starts_on, feature.due_on, %(as_of)s::date
    ) AS at_day
    LEFT JOIN org_unit AS place ON place.code = feature.org_unit
    LEFT JOIN org_unit AS township
        ON
            township.level = 'township'
            AND township.code = CASE place.level WHEN 'village' THEN place.parent ELSE place.code END
    WHERE
        feature.deleted_at IS NULL
        AND at_day.status IS NOT NULL
        AND (%(activity)s::text IS NULL OR activity_feature.activity = %(activity)s::text)
),

by_layer AS (
    SELECT
        linked.activity,
        unit.code AS org_unit,
        linked.layer,
        count(*) AS features,
        sum(linked.value) AS value,
        coalesce(
            sum(linked.value) FILTER (WHERE linked.done) / nullif(sum(linked.value), 0),
            0
        ) AS done,
        count(*) FILTER (WHERE linked.status = 'overdue') AS overdue,
        min(linked.due_on) FILTER (WHERE linked.status = 'overdue') AS due_on,
        max(linked.moved_on) AS moved_on
    FROM linked
    CROSS JOIN LATERAL unnest(ARRAY['*', linked.township]) AS unit (code)
    GROUP BY linked.activity, unit.code, linked.layer
),

work AS (
    SELECT
        by_layer.activity,
        by_layer.org_unit,
        sum(by_layer.features) AS features,
        sum(by_layer.done * by_layer.features) / sum(by_layer.features) AS physical,
        -- The township's part of the activity's work.
        sum(whole.features * by_layer.value / nullif(whole.value, 0)) AS part,
        sum(by_layer.overdue) AS overdue,
        min(by_layer.due_on) AS due_on,
        max(by_layer.moved_on) AS moved_on
    FROM by_layer
    INNER JOIN by_layer AS whole
        ON whole.activity = by_layer.activity AND whole.layer = by_layer.layer AND whole.org_unit = '*'
    GROUP BY by_layer.activity, by_layer.org_unit
),

booked AS (
    SELECT
        transaction.activity,
        sum(transaction.amount) FILTER (WHERE transaction.kind IN ('disbursement', 'expenditure')) AS spent,
        sum(transaction.amount) FILTER (WHERE transaction.kind = 'incoming') AS allotted,
        max(transaction.value_date) FILTER (WHERE transaction.kind IN ('disbursement', 'expenditure')) AS paid_on
    FROM transaction
    WHERE
        transaction.withdrawn_at IS NULL
        AND transaction.value_date <= %(as_of)s::date
        AND transaction.activity IS NOT NULL
    GROUP BY transaction.activity
),

budgeted AS (
    SELECT
        budget.activity,
        sum(budget.amount) FILTER (WHERE budget.phase = 'adjusted') AS adjusted,
        sum(budget.amount) FILTER (WHERE budget.phase = 'initial') AS initial
    FROM budget
    WHERE budget.year <= extract(YEAR FROM %(as_of)s::date) AND budget.activity IS NOT NULL
    GROUP BY budget.activity
),

placed AS (
    SELECT
        at_place.activity,
        at_place.org_unit,
        sum(at_place.value) AS spent
    FROM
        money_between(
            ARRAY(SELECT code FROM org_unit WHERE level = 'township'), '-infinity', %(as_of)s::date
        ) AS at_place
    GROUP BY at_place.activity, at_place.org_unit
)

SELECT
    activity.code AS activity,
    activity.name_zh,
    coalesce(activity.name_en, activity.name_zh) AS name_en,
    activity.due_on AS activity_due_on,
    work.org_unit,
    work.features,
    work.physical,
    work.part / whole.features AS part,
    work.overdue,
    work.due_on,
    greatest(work.moved_on, CASE WHEN work.org_unit = '*' THEN booked.paid_on END) AS moved_on,
    CASE WHEN work.org_unit = '*' THEN coalesce(booked.spent, 0.00) ELSE coalesce(placed.spent, 0.00) END AS spent,
    coalesce(budgeted.adjusted, booked.allotted, budgeted.initial) AS available,
    CASE
        WHEN budgeted.adjusted IS NOT NULL THEN 'adjusted'
        WHEN booked.allotted IS NOT NULL THEN 'allotted'
        WHEN budgeted.initial IS NOT NULL THEN 'initial'
    END AS available_kind
FROM work
INNER JOIN work AS whole ON whole.activity = work.activity AND whole.org_unit = '*'
INNER JOIN activity ON activity.code = work.activity
LEFT JOIN booked ON booked.activity = work.activity
LEFT JOIN budgeted ON budgeted.activity = work.activity
LEFT JOIN placed ON placed.activity = work.activity AND placed.org_unit = work.org_unit
WHERE
    (
        %(org_unit)s::text IS NULL
        OR work.org_unit = %(org_unit)s::text
        OR EXISTS (SELECT FROM org_unit AS county WHERE county.code = %(org_unit)s::text AND county.parent IS NULL)
    )
    AND (
        %(fund_source)s::text IS NULL
        OR EXISTS (
            SELECT
            FROM activity_fund_source AS pays
            WHERE pays.activity = work.activity AND pays.fund_source = %(fund_source)s::text
        )
    )
ORDER BY activity.code, work.org_unit <> '*', work.org_unit;
