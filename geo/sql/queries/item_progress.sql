-- The townships, each with sums of progress on a day as columns; {sums} are those.
SELECT
    org_unit.code AS key,
    org_unit.code AS id,
    org_unit.geom AS geometry,
    org_unit.code,
    CASE %(language)s::text
        WHEN 'en' THEN coalesce(org_unit.name_en, org_unit.name_zh)
        ELSE org_unit.name_zh
    END AS name,
    reached.*
FROM org_unit
LEFT JOIN LATERAL (
    SELECT {sums}
    FROM progress_at(ARRAY[org_unit.code], %(as_of)s::date) AS reached
    INNER JOIN layer_measure ON layer_measure.layer = reached.layer AND layer_measure.measure = reached.measure
    CROSS JOIN LATERAL (
        SELECT trim_scale(round(reached.value * layer_measure.factor / layer_measure.divisor, 6)) AS counted
    ) AS scaled
) AS reached ON true
WHERE org_unit.level = 'township'
