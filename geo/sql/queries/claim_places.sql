-- Townships by their name, and villages by their short one, as documents name them.
SELECT
    CASE level WHEN 'village' THEN coalesce(short_name, name_zh) ELSE name_zh END AS name,
    array_agg(code ORDER BY code) AS codes
FROM org_unit
WHERE level <> 'county'
GROUP BY 1
ORDER BY 1;
