SELECT
    code,
    array_agg(source_row ORDER BY source_row) AS positions
FROM {staging}
GROUP BY code
HAVING count(*) > 1
ORDER BY min(source_row);
