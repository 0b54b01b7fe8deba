-- What the ledger sums of each wanted figure within the year of its day, in 元, or how many activities it has.
WITH wanted AS (
    SELECT
        figure.place,
        figure.day,
        figure.kinds,
        figure.phase,
        figure.fund_source,
        figure.serves,
        figure.activities
    FROM
        json_to_recordset(%(wanted)s::json) AS figure (
            place integer, day date, kinds text[], phase text, fund_source text, serves text, activities boolean
        )
),

entry AS (
    SELECT
        wanted.place,
        transaction.fund_source,
        transaction.activity,
        transaction.amount
    FROM wanted
    INNER JOIN transaction
        ON
            transaction.kind = any(wanted.kinds)
            AND transaction.withdrawn_at IS NULL
            AND transaction.value_date BETWEEN date_trunc('year', wanted.day)::date AND wanted.day
    UNION ALL
    SELECT
        wanted.place,
        budget.fund_source,
        budget.activity,
        budget.amount
    FROM wanted
    INNER JOIN budget ON budget.phase = wanted.phase AND budget.year = extract(YEAR FROM wanted.day)
    UNION ALL
    SELECT
        wanted.place,
        '' AS fund_source,
        activity.code,
        1 AS amount
    FROM wanted
    INNER JOIN activity ON wanted.activities AND coalesce(activity.starts_on, '-infinity') <= wanted.day
)

SELECT
    entry.place,
    sum(entry.amount) AS total,
    count(*) AS records
FROM entry
INNER JOIN wanted ON wanted.place = entry.place
WHERE
    (wanted.fund_source = '' OR entry.fund_source = wanted.fund_source)
    AND (
        wanted.serves = ''
        OR EXISTS (
            SELECT
            FROM activity_feature
            WHERE activity_feature.activity = entry.activity AND activity_feature.layer = wanted.serves
        )
    )
GROUP BY entry.place
ORDER BY entry.place;
