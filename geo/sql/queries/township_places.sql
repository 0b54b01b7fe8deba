-- A township and its villages, by code, with the names that lists have room for; the outline of the township alone.
SELECT
    org_unit.code,
    org_unit.level,
    org_unit.parent,
    coalesce(org_unit.short_name, org_unit.name_zh) AS name_zh,
    coalesce(org_unit.name_en, org_unit.name_zh) AS name_en,
    org_unit.illustrative,
    CASE WHEN org_unit.level = 'township' THEN st_asgeojson(org_unit.geom, 6, 0)::json END AS outline
FROM org_unit
WHERE
    (org_unit.code = %(org_unit)s::text AND org_unit.level = 'township')
    OR (org_unit.parent = %(org_unit)s::text AND org_unit.level = 'village')
ORDER BY org_unit.code;
