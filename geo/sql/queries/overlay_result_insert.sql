INSERT INTO overlay_result (job, place, weight, level, told)
SELECT
    %(job)s::uuid,
    found.place,
    found.weight,
    found.level,
    found.told
FROM unnest(
    %(places)s::integer[],
    %(weights)s::smallint[],
    %(levels)s::text[],
    %(told)s::json[]
) AS found (place, weight, level, told);
