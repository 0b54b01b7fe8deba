-- The transactions, budget lines or activities behind one figure.
SELECT
    entered.noun,
    entered.number,
    activity.code,
    activity.name_zh,
    coalesce(activity.name_en, activity.name_zh) AS name_en,
    fund_source.name_zh AS channel_zh,
    fund_source.name_en AS channel_en,
    entered.day,
    entered.amount
FROM claim_entry(%(wanted)s::json) AS entered
LEFT JOIN activity ON activity.code = entered.activity
LEFT JOIN fund_source ON fund_source.code = entered.fund_source
ORDER BY entered.day, entered.number, activity.code
LIMIT %(limit)s::integer;
