-- What the money bought: of features that have reached an outcome's milestone by the end of the period and got money
-- in it, that money and their measure; and what share it is of all that the activities of the layer spent.
WITH outcome AS (
    SELECT
        row_number() OVER () AS place,
        wanted.code,
        wanted.layer,
        wanted.label,
        wanted.milestone,
        layer_measure.unit,
        layer_measure.unit_label,
        layer_measure.source,
        layer_measure.factor / layer_measure.divisor AS scale
    FROM jsonb_to_recordset(%(outcomes)s::jsonb)
        AS wanted (code text, layer text, label jsonb, measure text, milestone text)
    INNER JOIN layer_measure ON layer_measure.layer = wanted.layer AND layer_measure.measure = wanted.measure
    WHERE %(layer)s::text IS NULL OR wanted.layer = %(layer)s::text
),

paid AS MATERIALIZED (
    SELECT
        allocation.layer,
        allocation.feature,
        sum(allocation.amount) AS amount
    FROM allocation
    INNER JOIN transaction ON transaction.id = allocation.transaction
    WHERE
        allocation.layer IN (SELECT outcome.layer FROM outcome)
        AND transaction.value_date BETWEEN %(first)s::date AND %(last)s::date
        AND (%(fund_source)s::text IS NULL OR transaction.fund_source = %(fund_source)s::text)
        AND (%(activity)s::text IS NULL OR transaction.activity = %(activity)s::text)
    GROUP BY allocation.layer, allocation.feature
),

reached AS (
    SELECT
        outcome.code,
        outcome.layer,
        sum(paid.amount) AS spent,
        sum(
            measure_value(outcome.source, feature.area_m2, feature.registered_area_m2, feature.attributes)
        ) * max(outcome.scale) AS value,
        count(*) AS features
    FROM outcome
    INNER JOIN paid ON paid.layer = outcome.layer
    INNER JOIN milestone
        ON
            milestone.layer = paid.layer
            AND milestone.feature = paid.feature
            AND milestone.milestone = outcome.milestone
            AND milestone.reached_on <= %(last)s::date
            AND milestone.state = 'approved'
            AND milestone.revoked_at IS NULL
    INNER JOIN feature ON feature.layer = paid.layer AND feature.id = paid.feature
    WHERE
        feature.deleted_at IS NULL
        AND (
            %(org_unit)s::text IS NULL
            OR coalesce(feature.org_unit, '') = ANY(
                ARRAY(SELECT below.unit FROM org_unit_ancestor AS below WHERE below.ancestor = %(org_unit)s::text)
            )
        )
    GROUP BY outcome.code, outcome.layer
),

-- Of a unit only what reached its features is known to have been spent for it.
whole AS (
    SELECT
        outcome.layer,
        CASE
            WHEN %(org_unit)s::text IS NULL
                THEN (
                    SELECT sum(transaction.amount)
                    FROM transaction
                    WHERE
                        transaction.withdrawn_at IS NULL
                        AND transaction.kind IN ('disbursement', 'expenditure')
                        AND transaction.value_date BETWEEN %(first)s::date AND %(last)s::date
                        AND (%(fund_source)s::text IS NULL OR transaction.fund_source = %(fund_source)s::text)
                        AND (%(activity)s::text IS NULL OR transaction.activity = %(activity)s::text)
                        AND transaction.activity IN (
                            SELECT activity_feature.activity
                            FROM activity_feature
                            WHERE activity_feature.layer = outcome.layer
                        )
                )
            ELSE (
                SELECT sum(at_place.value)
                FROM money_between(ARRAY[%(org_unit)s::text], %(first)s::date, %(last)s::date) AS at_place
                WHERE
                    at_place.layer = outcome.layer
                    AND (%(fund_source)s::text IS NULL OR at_place.fund_source = %(fund_source)s::text)
                    AND (%(activity)s::text IS NULL OR at_place.activity = %(activity)s::text)
            )
        END AS amount
    FROM outcome
)

SELECT
    coalesce(
        json_agg(
            json_build_object(
                'code', outcome.code,
                'layer', outcome.layer,
                'label', outcome.label,
                'unit', json_build_object('code', outcome.unit, 'label', outcome.unit_label),
                'spent', coalesce(reached.spent, 0.00),
                'value', trim_scale(round(coalesce(reached.value, 0), 6)),
                'cost', round(reached.spent / nullif(reached.value, 0), 2),
                'features', coalesce(reached.features, 0),
                'share_of_money', trim_scale(round(coalesce(reached.spent, 0) / nullif(whole.amount, 0), 6))
            )
            ORDER BY outcome.place
        ),
        '[]'
    )::text
FROM outcome
LEFT JOIN reached ON reached.code = outcome.code AND reached.layer = outcome.layer
LEFT JOIN whole ON whole.layer = outcome.layer;
