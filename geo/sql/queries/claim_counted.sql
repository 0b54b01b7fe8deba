-- What features count of each wanted figure, in the base unit; NULL where there is no feature, or none with a value.
SELECT
    place,
    CASE
        WHEN bool_or(is_distinct) THEN count(DISTINCT different) FILTER (WHERE is_reached)::numeric
        WHEN count(value) > 0 THEN coalesce(sum(value) FILTER (WHERE is_reached), 0)
    END AS total,
    count(*) FILTER (WHERE is_reached) AS records
FROM claim_feature(%(wanted)s::json)
GROUP BY place
ORDER BY place;
