-- Where the kept sums, by day and by month, are not what the records give.
WITH kept AS (
    SELECT
        org_unit,
        layer,
        measure,
        stage,
        day,
        sum(value) AS value
    FROM progress_sum
    GROUP BY org_unit, layer, measure, stage, day
),

by_day AS (
    SELECT
        org_unit,
        layer,
        measure,
        stage,
        day,
        coalesce(kept.value, 0) AS kept,
        coalesce(progress_truth.value, 0) AS truth
    FROM kept
    FULL JOIN progress_truth USING (org_unit, layer, measure, stage, day)
),

-- Sums by month and by year come from the same changes as those by day; they are held against each other.
by_period AS (
    SELECT
        'month' AS kept_by,
        org_unit,
        layer,
        measure,
        stage,
        month AS day,
        coalesce(progress_month.value, 0) AS kept,
        coalesce(day_sum.value, 0) AS truth
    FROM progress_month
    FULL JOIN (
        SELECT
            org_unit,
            layer,
            measure,
            stage,
            date_trunc('month', day)::date AS month,
            sum(value) AS value
        FROM progress_day
        GROUP BY org_unit, layer, measure, stage, date_trunc('month', day)::date
    ) AS day_sum USING (org_unit, layer, measure, stage, month)
    UNION ALL
    SELECT
        'year',
        org_unit,
        layer,
        measure,
        stage,
        year,
        coalesce(progress_year.value, 0),
        coalesce(month_sum.value, 0)
    FROM progress_year
    FULL JOIN (
        SELECT
            org_unit,
            layer,
            measure,
            stage,
            date_trunc('year', month)::date AS year,
            sum(value) AS value
        FROM progress_month
        GROUP BY org_unit, layer, measure, stage, date_trunc('year', month)::date
    ) AS month_sum USING (org_unit, layer, measure, stage, year)
)

SELECT
    'day' AS kept_by,
    org_unit,
    layer,
    measure,
    stage,
    day::text AS day,
    kept,
    truth
FROM by_day
WHERE kept <> truth
UNION ALL
SELECT
    kept_by,
    org_unit,
    layer,
    measure,
    stage,
    day::text,
    kept,
    truth
FROM by_period
WHERE kept <> truth
ORDER BY 1, 2, 3, 4, 5, 6
LIMIT 100;
