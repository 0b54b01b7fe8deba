SELECT
    field,
    count(DISTINCT feature) AS features
FROM staged_difference
GROUP BY field
ORDER BY field;
