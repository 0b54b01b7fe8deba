-- One activity: its budget lines, its rules, and the features it is for, the first five hundred of them by code.
WITH linked AS MATERIALIZED (
    SELECT
        feature.layer,
        feature.id,
        feature.code,
        feature.name,
        feature.org_unit,
        activity_feature.rule
    FROM activity_feature
    INNER JOIN feature ON feature.layer = activity_feature.layer AND feature.id = activity_feature.feature
    WHERE activity_feature.activity = %(activity)s::text AND feature.deleted_at IS NULL
)

SELECT
    json_build_object(
        'code', activity.code,
        'name', json_build_object('zh', activity.name_zh, 'en', coalesce(activity.name_en, activity.name_zh)),
        'starts_on', activity.starts_on,
        'due_on', activity.due_on,
        'budgets', coalesce(
            (
                SELECT
                    json_agg(
                        json_build_object(
                            'fund_source', budget.fund_source,
                            'year', budget.year,
                            'phase', budget.phase,
                            'amount', budget.amount,
                            'document', document.number,
                            'note', budget.note,
                            'illustrative', budget.illustrative
                        )
                        ORDER BY budget.year DESC, budget.fund_source, budget.phase
                    )
                FROM budget
                LEFT JOIN document ON document.id = budget.document
                WHERE budget.activity = activity.code
            ),
            '[]'
        ),
        'rules', coalesce(
            (
                SELECT
                    json_agg(
                        json_build_object(
                            'id', link_rule.id,
                            'layer', link_rule.layer,
                            'org_unit', link_rule.org_unit,
                            'column', link_rule.attribute,
                            'value', link_rule.value,
                            'features', (SELECT count(*) FROM linked WHERE linked.rule = link_rule.id)
                        )
                        ORDER BY link_rule.id
                    )
                FROM link_rule
                WHERE link_rule.activity = activity.code
            ),
            '[]'
        ),
        'layers', coalesce(
            (
                SELECT json_object_agg(counted.layer, counted.features ORDER BY counted.layer)
                FROM (
                    SELECT
                        linked.layer,
                        count(*) AS features
                    FROM linked
                    GROUP BY linked.layer
                ) AS counted
            ),
            '{}'
        ),
        'features', coalesce(
            (
                SELECT
                    json_agg(
                        json_build_object(
                            'layer', one.layer,
                            'id', one.id,
                            'code', one.code,
                            'name', one.name,
                            'org_unit', one.org_unit,
                            'rule', one.rule,
                            'received', received.amount
                        )
                        ORDER BY one.layer, one.code
                    )
                FROM (SELECT * FROM linked ORDER BY linked.layer, linked.code LIMIT 500) AS one
                CROSS JOIN LATERAL (
                    SELECT coalesce(sum(allocation.amount), 0.00) AS amount
                    FROM allocation
                    INNER JOIN transaction ON transaction.id = allocation.transaction
                    WHERE
                        allocation.layer = one.layer
                        AND allocation.feature = one.id
                        AND transaction.activity = activity.code
                ) AS received
            ),
            '[]'
        )
    )::text
FROM activity
WHERE activity.code = %(activity)s::text;
