-- Where the kept sums of money are not what the records give.
WITH kept AS (
    SELECT
        org_unit,
        activity,
        fund_source,
        layer,
        day,
        sum(value) AS value
    FROM money_sum
    GROUP BY org_unit, activity, fund_source, layer, day
)

SELECT
    'money' AS kept_by,
    org_unit,
    activity,
    fund_source,
    layer,
    day::text AS day,
    coalesce(kept.value, 0) AS kept,
    coalesce(money_truth.value, 0) AS truth
FROM kept
FULL JOIN money_truth USING (org_unit, activity, fund_source, layer, day)
WHERE coalesce(kept.value, 0) <> coalesce(money_truth.value, 0)
ORDER BY org_unit, activity, fund_source, layer, day
LIMIT 100;
