-- Features that an activity is for and that got no money, by layer; activities that spent money and have no feature.
WITH dry AS (
    SELECT
        feature.layer,
        count(DISTINCT feature.id) AS features
    FROM activity_feature
    INNER JOIN feature ON feature.layer = activity_feature.layer AND feature.id = activity_feature.feature
    WHERE
        feature.deleted_at IS NULL
        AND (%(layer)s::text IS NULL OR feature.layer = %(layer)s::text)
        AND (%(activity)s::text IS NULL OR activity_feature.activity = %(activity)s::text)
        AND (
            %(fund_source)s::text IS NULL
            OR EXISTS (
                SELECT
                FROM activity_fund_source AS pays
                WHERE pays.activity = activity_feature.activity AND pays.fund_source = %(fund_source)s::text
            )
        )
        AND (
            %(org_unit)s::text IS NULL
            OR coalesce(feature.org_unit, '') = ANY(
                ARRAY(SELECT below.unit FROM org_unit_ancestor AS below WHERE below.ancestor = %(org_unit)s::text)
            )
        )
        AND NOT EXISTS (
            SELECT
            FROM allocation
            INNER JOIN transaction ON transaction.id = allocation.transaction
            WHERE
                allocation.layer = feature.layer
                AND allocation.feature = feature.id
                AND transaction.value_date BETWEEN %(first)s::date AND %(last)s::date
        )
    GROUP BY feature.layer
),

homeless AS (
    SELECT
        activity.code,
        activity.name_zh,
        activity.name_en,
        sum(transaction.amount) AS spent
    FROM transaction
    INNER JOIN activity ON activity.code = transaction.activity
    WHERE
        transaction.withdrawn_at IS NULL
        AND transaction.kind IN ('disbursement', 'expenditure')
        AND transaction.value_date BETWEEN %(first)s::date AND %(last)s::date
        AND (%(activity)s::text IS NULL OR transaction.activity = %(activity)s::text)
        AND (%(fund_source)s::text IS NULL OR transaction.fund_source = %(fund_source)s::text)
        AND NOT EXISTS (SELECT FROM activity_feature WHERE activity_feature.activity = activity.code)
    GROUP BY activity.code
)

SELECT
    json_build_object(
        'features_without_money', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object('layer', dry.layer, 'features', dry.features) ORDER BY layer.place, dry.layer
                    ),
                    '[]'
                )
            FROM dry
            INNER JOIN layer ON layer.code = dry.layer
        ),
        'money_without_features', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'activity', homeless.code,
                            'name', json_build_object(
                                'zh', homeless.name_zh, 'en', coalesce(homeless.name_en, homeless.name_zh)
                            ),
                            'spent', homeless.spent
                        )
                        ORDER BY homeless.spent DESC, homeless.code
                    ),
                    '[]'
                )
            FROM homeless
        )
    )::text;
