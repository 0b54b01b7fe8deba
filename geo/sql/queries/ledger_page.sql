-- A page of the transactions up to a day, newest first, each with what is allocated of it; and all that match, counted.
-- Of a unit: those that reached features there, and how much of them did; '' is outside every township.
WITH matching AS MATERIALIZED (
    SELECT
        transaction.id,
        transaction.value_date,
        transaction.amount,
        coalesce(spread.allocated, 0.00) AS allocated,
        placed.amount AS placed,
        transaction.kind IN ('disbursement', 'expenditure') AS spending
    FROM transaction
    LEFT JOIN allocation_sum AS spread ON spread.transaction = transaction.id
    LEFT JOIN LATERAL (
        SELECT sum(allocation.amount) AS amount
        FROM allocation
        INNER JOIN feature USING (layer)
        WHERE
            allocation.transaction = transaction.id
            AND feature.id = allocation.feature
            AND coalesce(feature.org_unit, '') IN (
                SELECT below.unit FROM org_unit_ancestor AS below WHERE below.ancestor = %(org_unit)s::text
                UNION ALL
                SELECT '' WHERE %(org_unit)s::text = ''
            )
    ) AS placed ON %(org_unit)s::text IS NOT NULL
    WHERE
        transaction.withdrawn_at IS NULL
        AND transaction.value_date <= %(as_of)s::date
        AND (%(year)s::integer IS NULL OR transaction.year = %(year)s::integer)
        AND (%(fund_source)s::text IS NULL OR transaction.fund_source = %(fund_source)s::text)
        AND (%(activity)s::text IS NULL OR transaction.activity = %(activity)s::text)
        AND (%(org_unit)s::text IS NULL OR placed.amount > 0)
        AND (%(type)s::text IS NULL OR transaction.kind = %(type)s::text)
        AND (
            NOT %(unallocated)s::boolean
            OR (
                transaction.kind IN ('disbursement', 'expenditure')
                AND coalesce(spread.allocated, 0) < transaction.amount
            )
        )
),

page AS MATERIALIZED (
    SELECT
        matching.id,
        matching.value_date,
        matching.allocated,
        matching.placed,
        matching.spending
    FROM matching
    WHERE
        %(before)s::bigint IS NULL
        OR (matching.value_date, matching.id) < (
            SELECT
                last.value_date,
                last.id
            FROM transaction AS last
            WHERE last.id = %(before)s::bigint
        )
    ORDER BY matching.value_date DESC, matching.id DESC
    LIMIT %(limit)s::integer + 1
)

SELECT
    json_build_object(
        'as_of', %(as_of)s::date,
        'matched', (SELECT count(*) FROM matching),
        'spent', (SELECT coalesce(sum(matching.amount) FILTER (WHERE matching.spending), 0.00) FROM matching),
        'unallocated', (
            SELECT coalesce(sum(matching.amount - matching.allocated) FILTER (WHERE matching.spending), 0.00)
            FROM matching
        ),
        'placed', (SELECT sum(matching.placed) FROM matching),
        'transactions', coalesce(
            (
                SELECT
                    json_agg(
                        json_build_object(
                            'id', transaction.id,
                            'fund_source', transaction.fund_source,
                            'activity', transaction.activity,
                            'kind', transaction.kind,
                            'value_date', transaction.value_date,
                            'amount', transaction.amount,
                            'allocated', page.allocated,
                            'placed', page.placed,
                            'unallocated', CASE WHEN page.spending THEN transaction.amount - page.allocated END,
                            'document', document.number,
                            'voucher', transaction.voucher,
                            'note', transaction.note,
                            'illustrative', transaction.illustrative
                        )
                        ORDER BY page.value_date DESC, page.id DESC
                    )
                FROM (SELECT * FROM page ORDER BY page.value_date DESC, page.id DESC LIMIT %(limit)s::integer) AS page
                INNER JOIN transaction ON transaction.id = page.id
                LEFT JOIN document ON document.id = transaction.document
            ),
            '[]'
        ),
        'more', (SELECT count(*) FROM page) > %(limit)s::integer
    )::text;
