-- What activities spent of which nothing is allocated yet.
SELECT
    transaction.id,
    activity.name_zh AS activity
FROM transaction
INNER JOIN activity ON activity.code = transaction.activity
WHERE
    transaction.kind = 'expenditure'
    AND transaction.withdrawn_at IS NULL
    AND NOT EXISTS (SELECT FROM allocation WHERE allocation.transaction = transaction.id)
ORDER BY transaction.id;
