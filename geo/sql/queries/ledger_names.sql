-- The channels and activities by what files call them.
SELECT
    'fund_source' AS noun,
    code,
    name_zh,
    name_en
FROM fund_source
UNION ALL
SELECT
    'activity',
    code,
    name_zh,
    name_en
FROM activity
ORDER BY noun, code;
