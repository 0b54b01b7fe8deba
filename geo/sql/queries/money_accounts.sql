-- The money of a period as a whole, by channel and by activity. Within a unit or a layer only what reached its
-- features is known: budgets, what was carried over and what is not allocated do not apply there.
WITH booked AS (
    SELECT
        transaction.fund_source,
        transaction.activity,
        sum(transaction.amount) FILTER (WHERE transaction.kind IN ('disbursement', 'expenditure')) AS spent,
        sum(transaction.amount) FILTER (WHERE transaction.kind = 'carry_over') AS carried_over,
        bool_or(transaction.illustrative) AS illustrative
    FROM transaction
    WHERE
        transaction.withdrawn_at IS NULL
        AND transaction.value_date BETWEEN %(first)s::date AND %(last)s::date
    GROUP BY transaction.fund_source, transaction.activity
),

-- What the year before passed on; all years together pass nothing on to each other.
received AS (
    SELECT
        transaction.fund_source,
        transaction.activity,
        sum(transaction.amount) AS amount
    FROM transaction
    WHERE
        transaction.withdrawn_at IS NULL
        AND transaction.kind = 'carry_over'
        AND transaction.year = %(year)s::integer - 1
    GROUP BY transaction.fund_source, transaction.activity
),

budgeted AS (
    SELECT
        budget.fund_source,
        budget.activity,
        sum(budget.amount) FILTER (WHERE budget.phase = 'initial') AS initial,
        sum(budget.amount) FILTER (WHERE budget.phase = 'adjusted') AS adjusted,
        sum(budget.amount) FILTER (WHERE budget.phase = 'executed') AS executed,
        bool_or(budget.illustrative) AS illustrative
    FROM budget
    WHERE
        budget.year = %(year)s::integer
        OR (%(year)s::integer IS NULL AND budget.year <= extract(YEAR FROM %(last)s::date))
    GROUP BY budget.fund_source, budget.activity
),

placed AS (
    SELECT
        at_place.fund_source,
        at_place.activity,
        sum(at_place.value) AS allocated
    FROM money_between(ARRAY[coalesce(%(org_unit)s::text, '*')], %(first)s::date, %(last)s::date) AS at_place
    WHERE %(layer)s::text IS NULL OR at_place.layer = %(layer)s::text
    GROUP BY at_place.fund_source, at_place.activity
),

asked AS (
    SELECT %(org_unit)s::text IS NULL AND %(layer)s::text IS NULL AS whole
),

part AS (
    SELECT
        budgeted.fund_source,
        budgeted.activity,
        budgeted.initial,
        budgeted.adjusted,
        budgeted.executed,
        coalesce(budgeted.adjusted, budgeted.initial) AS available,
        NULL::numeric AS spent,
        NULL::numeric AS carried_over,
        NULL::numeric AS received,
        NULL::numeric AS allocated,
        budgeted.illustrative
    FROM budgeted
    INNER JOIN asked ON asked.whole
    UNION ALL
    SELECT
        booked.fund_source,
        booked.activity,
        NULL,
        NULL,
        NULL,
        NULL,
        CASE WHEN asked.whole THEN booked.spent END,
        CASE WHEN asked.whole THEN booked.carried_over END,
        NULL,
        NULL,
        booked.illustrative
    FROM booked
    CROSS JOIN asked
    UNION ALL
    SELECT
        received.fund_source,
        received.activity,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        received.amount,
        NULL,
        false
    FROM received
    INNER JOIN asked ON asked.whole
    UNION ALL
    SELECT
        placed.fund_source,
        placed.activity,
        NULL,
        NULL,
        NULL,
        NULL,
        CASE WHEN NOT asked.whole THEN placed.allocated END,
        NULL,
        NULL,
        placed.allocated,
        false
    FROM placed
    CROSS JOIN asked
),

account AS (
    SELECT
        grouping(part.fund_source) = 0 AS of_channel,
        grouping(part.activity) = 0 AS of_activity,
        part.fund_source,
        part.activity,
        sum(part.initial) AS initial,
        sum(part.adjusted) AS adjusted,
        sum(part.executed) AS executed,
        coalesce(sum(part.spent), 0.00) AS spent,
        CASE WHEN asked.whole THEN coalesce(sum(part.carried_over), 0.00) END AS carried_over,
        sum(part.available) + coalesce(sum(part.received), 0) - coalesce(sum(part.spent), 0)
        - CASE WHEN %(year)s::integer IS NULL THEN 0 ELSE coalesce(sum(part.carried_over), 0) END AS remaining,
        coalesce(sum(part.allocated), 0.00) AS allocated,
        CASE
            WHEN asked.whole THEN coalesce(sum(part.spent), 0.00) - coalesce(sum(part.allocated), 0)
        END AS unallocated,
        bool_or(part.illustrative) AS illustrative
    FROM part
    CROSS JOIN asked
    WHERE
        (%(fund_source)s::text IS NULL OR part.fund_source = %(fund_source)s::text)
        AND (%(activity)s::text IS NULL OR part.activity = %(activity)s::text)
    GROUP BY GROUPING SETS ((asked.whole), (asked.whole, part.fund_source), (asked.whole, part.activity))
)

SELECT
    json_build_object(
        'illustrative', coalesce((SELECT bool_or(account.illustrative) FROM account), false),
        'total', (
            SELECT
                json_build_object(
                    'initial', max(account.initial) FILTER (WHERE NOT account.of_channel),
                    'adjusted', max(account.adjusted) FILTER (WHERE NOT account.of_channel),
                    'executed', max(account.executed) FILTER (WHERE NOT account.of_channel),
                    'spent', coalesce(max(account.spent) FILTER (WHERE NOT account.of_channel), 0.00),
                    'carried_over', CASE
                        WHEN bool_and(asked.whole)
                            THEN coalesce(max(account.carried_over) FILTER (WHERE NOT account.of_channel), 0.00)
                    END,
                    -- Only of channels whose budget is stated.
                    'remaining', sum(account.remaining) FILTER (WHERE account.of_channel),
                    'allocated', coalesce(max(account.allocated) FILTER (WHERE NOT account.of_channel), 0.00),
                    'unallocated', CASE
                        WHEN bool_and(asked.whole)
                            THEN coalesce(max(account.unallocated) FILTER (WHERE NOT account.of_channel), 0.00)
                    END
                )
            FROM asked
            LEFT JOIN account ON NOT account.of_activity
        ),
        'channels', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'code', fund_source.code,
                            'name', json_build_object('zh', fund_source.name_zh, 'en', fund_source.name_en),
                            'initial', account.initial,
                            'adjusted', account.adjusted,
                            'executed', account.executed,
                            'spent', coalesce(account.spent, 0.00),
                            'carried_over', CASE WHEN asked.whole THEN coalesce(account.carried_over, 0.00) END,
                            'remaining', account.remaining,
                            'allocated', coalesce(account.allocated, 0.00),
                            'unallocated', CASE WHEN asked.whole THEN coalesce(account.unallocated, 0.00) END,
                            'activities', (
                                SELECT count(*)
                                FROM activity_fund_source
                                WHERE activity_fund_source.fund_source = fund_source.code
                            )
                        )
                        ORDER BY account.spent DESC NULLS LAST, fund_source.code
                    ),
                    '[]'
                )
            FROM fund_source
            CROSS JOIN asked
            LEFT JOIN account ON account.of_channel AND account.fund_source = fund_source.code
            WHERE %(fund_source)s::text IS NULL OR fund_source.code = %(fund_source)s::text
        ),
        'activities', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'code', activity.code,
                            'name', json_build_object(
                                'zh', activity.name_zh, 'en', coalesce(activity.name_en, activity.name_zh)
                            ),
                            'channels', paid_by.channels,
                            'documents', paid_by.documents,
                            'initial', account.initial,
                            'adjusted', account.adjusted,
                            'executed', account.executed,
                            'spent', coalesce(account.spent, 0.00),
                            'carried_over', CASE WHEN asked.whole THEN coalesce(account.carried_over, 0.00) END,
                            'remaining', account.remaining,
                            'allocated', coalesce(account.allocated, 0.00),
                            'unallocated', CASE WHEN asked.whole THEN coalesce(account.unallocated, 0.00) END,
                            'features', (
                                SELECT count(*)
                                FROM activity_feature
                                WHERE activity_feature.activity = activity.code
                            ),
                            'illustrative', coalesce(account.illustrative, false)
                        )
                        ORDER BY account.spent DESC NULLS LAST, activity.code
                    ),
                    '[]'
                )
            FROM activity
            CROSS JOIN asked
            LEFT JOIN account ON account.of_activity AND account.activity = activity.code
            CROSS JOIN LATERAL money_paid_by(activity.code) AS paid_by
            WHERE
                (%(activity)s::text IS NULL OR activity.code = %(activity)s::text)
                AND (asked.whole OR account.spent > 0)
                AND (
                    %(fund_source)s::text IS NULL
                    OR EXISTS (
                        SELECT
                        FROM activity_fund_source
                        WHERE
                            activity_fund_source.activity = activity.code
                            AND activity_fund_source.fund_source = %(fund_source)s::text
                    )
                )
        )
    )::text;
