-- What a whole channel spent, where no activity is named for it, with what it carried over.
SELECT
    transaction.id,
    transaction.amount AS spent,
    (
        SELECT coalesce(sum(carried.amount), 0)
        FROM transaction AS carried
        WHERE
            carried.fund_source = %(fund_source)s::text
            AND carried.kind = 'carry_over'
            AND carried.withdrawn_at IS NULL
    ) AS carried_over
FROM transaction
WHERE
    transaction.fund_source = %(fund_source)s::text
    AND transaction.activity IS NULL
    AND transaction.kind = 'expenditure'
    AND transaction.withdrawn_at IS NULL;
