-- The first month in which anything dated happened to a unit.
SELECT min(month)
FROM progress_month
WHERE
    org_unit = %(org_unit)s::text
    AND isfinite(month);
