-- What reached the features of each township, and of none, by a day; for the map.
WITH placed AS MATERIALIZED (
    SELECT at_place.*
    FROM
        money_between(
            ARRAY(SELECT code FROM org_unit WHERE level = 'township') || '*'::text, '-infinity', %(as_of)s::date
        ) AS at_place
    WHERE
        (%(layer)s::text IS NULL OR at_place.layer = %(layer)s::text)
        AND (%(activity)s::text IS NULL OR at_place.activity = %(activity)s::text)
),

fed AS MATERIALIZED (
    SELECT
        CASE org_unit.level WHEN 'township' THEN org_unit.code WHEN 'village' THEN org_unit.parent END AS org_unit,
        count(DISTINCT feature.id) AS features
    FROM allocation
    INNER JOIN transaction ON transaction.id = allocation.transaction
    INNER JOIN feature ON feature.layer = allocation.layer AND feature.id = allocation.feature
    LEFT JOIN org_unit ON org_unit.code = feature.org_unit
    WHERE
        transaction.value_date <= %(as_of)s::date
        AND (%(layer)s::text IS NULL OR allocation.layer = %(layer)s::text)
        AND (%(activity)s::text IS NULL OR transaction.activity = %(activity)s::text)
    GROUP BY 1
),

unit AS (
    SELECT
        org_unit.code,
        coalesce((SELECT sum(placed.value) FROM placed WHERE placed.org_unit = org_unit.code), 0.00) AS spent
    FROM org_unit
    WHERE org_unit.level = 'township' AND viewer_place(org_unit.code)
    UNION ALL
    SELECT
        NULL,
        coalesce(
            (SELECT sum(CASE WHEN placed.org_unit = '*' THEN placed.value ELSE -placed.value END) FROM placed), 0.00
        )
    WHERE viewer_place('*')
)

SELECT
    json_build_object(
        'as_of', %(as_of)s::date,
        'rows', coalesce(
            json_agg(
                json_build_object(
                    'org_unit', unit.code,
                    'spent', unit.spent,
                    'features', coalesce(
                        (SELECT fed.features FROM fed WHERE fed.org_unit IS NOT DISTINCT FROM unit.code), 0
                    )
                )
                ORDER BY unit.code NULLS LAST
            ),
            '[]'
        )
    )::text
FROM unit;
