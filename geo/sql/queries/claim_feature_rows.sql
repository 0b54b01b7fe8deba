-- The features behind one figure, by code, the first of them.
SELECT
    counted.layer,
    counted.id,
    counted.code,
    counted.name,
    unit.name_zh AS place_zh,
    coalesce(unit.name_en, unit.name_zh) AS place_en,
    counted.reached_on AS day,
    counted.value,
    counted.different
FROM claim_feature(%(wanted)s::json) AS counted
LEFT JOIN org_unit AS unit ON unit.code = counted.org_unit
WHERE counted.is_reached
ORDER BY counted.code
LIMIT %(limit)s::integer;
