-- Years of which there is a budget or a transaction, the newest first.
SELECT coalesce(array_agg(year ORDER BY year DESC), '{}') AS years
FROM (
    SELECT year FROM transaction WHERE withdrawn_at IS NULL
    UNION
    SELECT year FROM budget
) AS booked;
