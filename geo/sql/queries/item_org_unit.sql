-- The county, its townships and villages, as far as they are drawn.
SELECT
    org_unit.code AS key,
    org_unit.code AS id,
    org_unit.geom AS geometry,
    org_unit.code,
    CASE %(language)s::text
        WHEN 'en' THEN coalesce(org_unit.name_en, org_unit.name_zh)
        ELSE org_unit.name_zh
    END AS name,
    org_unit.level,
    org_unit.parent,
    org_unit.illustrative
FROM org_unit
WHERE org_unit.geom IS NOT NULL
