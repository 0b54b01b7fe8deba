-- Where the money of a period went: by township, by layer, and from each channel through its activities to both; what
-- lies in no township and what is not allocated are rows of their own.
WITH township AS MATERIALIZED (
    SELECT org_unit.code
    FROM org_unit
    INNER JOIN org_unit_ancestor AS above ON above.unit = org_unit.code
    WHERE
        above.ancestor = coalesce(
            %(org_unit)s::text, (SELECT root.code FROM org_unit AS root WHERE root.parent IS NULL LIMIT 1)
        )
        AND (org_unit.level = 'township' OR (org_unit.level = 'village' AND org_unit.code = %(org_unit)s::text))
),

placed AS MATERIALIZED (
    SELECT at_place.*
    FROM
        money_between(
            ARRAY(SELECT township.code FROM township) || coalesce(%(org_unit)s::text, '*'),
            %(first)s::date,
            %(last)s::date
        ) AS at_place
    WHERE
        (%(layer)s::text IS NULL OR at_place.layer = %(layer)s::text)
        AND (%(fund_source)s::text IS NULL OR at_place.fund_source = %(fund_source)s::text)
        AND (%(activity)s::text IS NULL OR at_place.activity = %(activity)s::text)
        AND at_place.value <> 0
),

-- What is in the townships, and by difference what is in none of them.
sited AS MATERIALIZED (
    SELECT
        placed.org_unit,
        'township' AS kind,
        placed.fund_source,
        placed.activity,
        placed.layer,
        placed.value
    FROM placed
    INNER JOIN township ON township.code = placed.org_unit
    UNION ALL
    SELECT
        NULL,
        'outside',
        placed.fund_source,
        placed.activity,
        placed.layer,
        sum(
            CASE WHEN placed.org_unit = coalesce(%(org_unit)s::text, '*') THEN placed.value ELSE 0 END
            - CASE WHEN placed.org_unit IN (SELECT township.code FROM township) THEN placed.value ELSE 0 END
        )
    FROM placed
    GROUP BY placed.fund_source, placed.activity, placed.layer
),

-- Within a unit or a layer there is nothing that has not been allocated.
booked AS (
    SELECT
        transaction.fund_source,
        transaction.activity,
        sum(transaction.amount) AS spent
    FROM transaction
    WHERE
        transaction.withdrawn_at IS NULL
        AND transaction.kind IN ('disbursement', 'expenditure')
        AND transaction.value_date BETWEEN %(first)s::date AND %(last)s::date
        AND %(org_unit)s::text IS NULL
        AND %(layer)s::text IS NULL
        AND (%(fund_source)s::text IS NULL OR transaction.fund_source = %(fund_source)s::text)
        AND (%(activity)s::text IS NULL OR transaction.activity = %(activity)s::text)
    GROUP BY transaction.fund_source, transaction.activity
),

flow AS MATERIALIZED (
    SELECT
        sited.fund_source,
        sited.activity,
        sited.org_unit,
        sited.kind,
        sum(sited.value) AS amount
    FROM sited
    GROUP BY sited.fund_source, sited.activity, sited.org_unit, sited.kind
    HAVING sum(sited.value) <> 0
    UNION ALL
    SELECT
        booked.fund_source,
        booked.activity,
        NULL,
        'unallocated',
        booked.spent - coalesce(
            (
                SELECT sum(sited.value)
                FROM sited
                WHERE sited.fund_source = booked.fund_source AND sited.activity = booked.activity
            ),
            0
        )
    FROM booked
),

-- Features that got money, each counted once where it lies.
fed AS MATERIALIZED (
    SELECT
        reached.layer,
        reached.org_unit,
        count(*) AS features
    FROM (
        SELECT
            feature.layer,
            feature.id,
            min(above.ancestor) AS org_unit
        FROM allocation
        INNER JOIN transaction ON transaction.id = allocation.transaction
        INNER JOIN feature ON feature.layer = allocation.layer AND feature.id = allocation.feature
        LEFT JOIN org_unit_ancestor AS above
            ON above.unit = feature.org_unit AND above.ancestor = ANY(ARRAY(SELECT township.code FROM township))
        WHERE
            transaction.value_date BETWEEN %(first)s::date AND %(last)s::date
            AND (%(layer)s::text IS NULL OR allocation.layer = %(layer)s::text)
            AND (%(fund_source)s::text IS NULL OR transaction.fund_source = %(fund_source)s::text)
            AND (%(activity)s::text IS NULL OR transaction.activity = %(activity)s::text)
            AND (
                %(org_unit)s::text IS NULL
                OR coalesce(feature.org_unit, '') = ANY(
                    ARRAY(SELECT below.unit FROM org_unit_ancestor AS below WHERE below.ancestor = %(org_unit)s::text)
                )
            )
        GROUP BY feature.layer, feature.id
    ) AS reached
    GROUP BY reached.layer, reached.org_unit
),

town_row AS (
    SELECT
        1 AS place,
        township.code AS org_unit,
        'township' AS kind,
        coalesce((SELECT sum(flow.amount) FROM flow WHERE flow.org_unit = township.code), 0.00) AS spent,
        coalesce((SELECT sum(fed.features) FROM fed WHERE fed.org_unit = township.code), 0) AS features
    FROM township
    UNION ALL
    SELECT
        2,
        NULL,
        'outside',
        coalesce((SELECT sum(flow.amount) FROM flow WHERE flow.kind = 'outside'), 0.00),
        coalesce((SELECT sum(fed.features) FROM fed WHERE fed.org_unit IS NULL), 0)
    WHERE coalesce(%(org_unit)s::text, '') = '' OR EXISTS (SELECT FROM flow WHERE flow.kind = 'outside')
    UNION ALL
    SELECT
        3,
        NULL,
        'unallocated',
        coalesce((SELECT sum(flow.amount) FROM flow WHERE flow.kind = 'unallocated'), 0.00),
        NULL
    WHERE %(org_unit)s::text IS NULL AND %(layer)s::text IS NULL
),

layer_row AS (
    SELECT
        layer.place,
        layer.code AS layer,
        'layer' AS kind,
        coalesce((SELECT sum(sited.value) FROM sited WHERE sited.layer = layer.code), 0.00) AS spent,
        coalesce((SELECT sum(fed.features) FROM fed WHERE fed.layer = layer.code), 0) AS features
    FROM layer
    WHERE
        layer.code IN (SELECT sited.layer FROM sited)
        OR (
            EXISTS (SELECT FROM activity_feature WHERE activity_feature.layer = layer.code)
            AND (%(layer)s::text IS NULL OR layer.code = %(layer)s::text)
        )
    UNION ALL
    SELECT
        2147483647,
        NULL,
        'unallocated',
        town_row.spent,
        NULL
    FROM town_row
    WHERE town_row.kind = 'unallocated'
)

SELECT
    json_build_object(
        'townships', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'org_unit', town_row.org_unit,
                            'kind', town_row.kind,
                            'spent', town_row.spent,
                            'features', town_row.features
                        )
                        ORDER BY town_row.place, town_row.org_unit
                    ),
                    '[]'
                )
            FROM town_row
        ),
        'layers', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'layer', layer_row.layer,
                            'kind', layer_row.kind,
                            'spent', layer_row.spent,
                            'features', layer_row.features
                        )
                        ORDER BY layer_row.place, layer_row.layer
                    ),
                    '[]'
                )
            FROM layer_row
        ),
        'flow', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'channel', flow.fund_source,
                            'activity', flow.activity,
                            'org_unit', flow.org_unit,
                            'kind', flow.kind,
                            'amount', flow.amount
                        )
                        ORDER BY flow.fund_source, flow.activity NULLS LAST, flow.kind, flow.org_unit
                    ),
                    '[]'
                )
            FROM flow
            WHERE flow.amount <> 0
        )
    )::text;
