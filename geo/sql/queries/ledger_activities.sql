-- Every activity with its channels and documents, what was budgeted and what moved, in 元; and channels of whole sums.
WITH money AS (
    SELECT
        activity,
        fund_source,
        year,
        sum(amount) FILTER (WHERE phase = 'initial') AS initial,
        sum(amount) FILTER (WHERE phase = 'adjusted') AS adjusted,
        sum(amount) FILTER (WHERE phase = 'executed') AS executed
    FROM budget
    GROUP BY activity, fund_source, year
),

budgeted AS (
    SELECT
        money.activity,
        json_agg(
            json_build_object(
                'fund_source', money.fund_source,
                'year', money.year,
                'initial', money.initial,
                'adjusted', money.adjusted,
                'executed', money.executed
            )
            ORDER BY money.year, money.fund_source
        ) AS budgets
    FROM money
    GROUP BY money.activity
),

moved AS (
    SELECT
        transaction.activity,
        json_agg(
            json_build_object(
                'id', transaction.id,
                'fund_source', transaction.fund_source,
                'kind', transaction.kind,
                'value_date', transaction.value_date,
                'amount', transaction.amount,
                'document', document.number,
                'voucher', transaction.voucher,
                'note', transaction.note,
                'illustrative', transaction.illustrative
            )
            ORDER BY transaction.value_date, transaction.id
        ) AS transactions
    FROM transaction
    LEFT JOIN document ON document.id = transaction.document
    WHERE transaction.withdrawn_at IS NULL
    GROUP BY transaction.activity
),

paid_by AS (
    SELECT
        activity_fund_source.activity,
        json_agg(
            json_build_object(
                'code', fund_source.code,
                'name', json_build_object('zh', fund_source.name_zh, 'en', fund_source.name_en),
                'document', document.number
            )
            ORDER BY fund_source.code
        ) AS fund_sources
    FROM activity_fund_source
    INNER JOIN fund_source ON fund_source.code = activity_fund_source.fund_source
    LEFT JOIN document ON document.id = activity_fund_source.document
    GROUP BY activity_fund_source.activity
),

served AS (
    SELECT
        activity,
        json_object_agg(layer, features ORDER BY layer) AS features
    FROM (
        SELECT
            activity,
            layer,
            count(*) AS features
        FROM activity_feature
        GROUP BY activity, layer
    ) AS link
    GROUP BY activity
)

SELECT
    json_build_object(
        'activities', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'code', activity.code,
                            'name', json_build_object(
                                'zh', activity.name_zh, 'en', coalesce(activity.name_en, activity.name_zh)
                            ),
                            'starts_on', activity.starts_on,
                            'due_on', activity.due_on,
                            'fund_sources', coalesce(paid_by.fund_sources, '[]'),
                            'budgets', coalesce(budgeted.budgets, '[]'),
                            'transactions', coalesce(moved.transactions, '[]'),
                            'features', coalesce(served.features, '{}')
                        )
                        ORDER BY activity.code
                    ),
                    '[]'
                )
            FROM activity
            LEFT JOIN paid_by ON paid_by.activity = activity.code
            LEFT JOIN budgeted ON budgeted.activity = activity.code
            LEFT JOIN moved ON moved.activity = activity.code
            LEFT JOIN served ON served.activity = activity.code
        ),
        'fund_sources', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'code', fund_source.code,
                            'name', json_build_object('zh', fund_source.name_zh, 'en', fund_source.name_en),
                            'paid', (
                                SELECT coalesce(sum(transaction.amount), 0.00)
                                FROM transaction
                                WHERE
                                    transaction.fund_source = fund_source.code
                                    AND transaction.kind IN ('disbursement', 'expenditure')
                                    AND transaction.withdrawn_at IS NULL
                            ),
                            'carried_over', (
                                SELECT coalesce(sum(transaction.amount), 0.00)
                                FROM transaction
                                WHERE
                                    transaction.fund_source = fund_source.code
                                    AND transaction.kind = 'carry_over'
                                    AND transaction.withdrawn_at IS NULL
                            )
                        )
                        ORDER BY fund_source.code
                    ),
                    '[]'
                )
            FROM fund_source
        ),
        'whole_channels', json_build_object(
            'budgets', coalesce((SELECT budgeted.budgets FROM budgeted WHERE budgeted.activity IS NULL), '[]'),
            'transactions', coalesce((SELECT moved.transactions FROM moved WHERE moved.activity IS NULL), '[]')
        )
    )::text;
