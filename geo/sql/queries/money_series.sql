-- What each channel had spent by the end of each month of a year, the last one up to the day; of a unit or a layer what
-- reached its features.
WITH month AS (
    SELECT
        starts::date AS first,
        least((starts + interval '1 month')::date - 1, %(as_of)s::date) AS last
    FROM generate_series(
        make_date(%(year)s::integer, 1, 1), make_date(%(year)s::integer, 12, 1), interval '1 month'
    ) AS starts
    WHERE starts <= %(as_of)s::date
),

change AS (
    SELECT
        transaction.fund_source,
        transaction.value_date AS day,
        transaction.amount AS value
    FROM transaction
    WHERE
        %(org_unit)s::text IS NULL
        AND %(layer)s::text IS NULL
        AND transaction.withdrawn_at IS NULL
        AND (%(activity)s::text IS NULL OR transaction.activity = %(activity)s::text)
        AND transaction.kind IN ('disbursement', 'expenditure')
        AND transaction.year = %(year)s::integer
    UNION ALL
    SELECT
        money_sum.fund_source,
        money_sum.day,
        money_sum.value
    FROM money_sum
    WHERE
        money_sum.org_unit = coalesce(%(org_unit)s::text, CASE WHEN %(layer)s::text IS NOT NULL THEN '*' END)
        AND (%(layer)s::text IS NULL OR money_sum.layer = %(layer)s::text)
        AND (%(activity)s::text IS NULL OR money_sum.activity = %(activity)s::text)
        AND money_sum.day BETWEEN make_date(%(year)s::integer, 1, 1) AND make_date(%(year)s::integer, 12, 31)
),

line AS (
    SELECT
        fund_source.code,
        json_agg(
            coalesce(
                (
                    SELECT sum(change.value)
                    FROM change
                    WHERE change.fund_source = fund_source.code AND change.day <= month.last
                ),
                0.00
            )
            ORDER BY month.first
        ) AS amounts
    FROM fund_source
    CROSS JOIN month
    WHERE %(fund_source)s::text IS NULL OR fund_source.code = %(fund_source)s::text
    GROUP BY fund_source.code
)

SELECT
    json_build_object(
        'months', (SELECT coalesce(json_agg(to_char(month.first, 'YYYY-MM') ORDER BY month.first), '[]') FROM month),
        'rows', coalesce(
            (
                SELECT json_agg(json_build_object('channel', line.code, 'values', line.amounts) ORDER BY line.code)
                FROM line
            ),
            '[]'
        )
    )::text;
