SELECT
    coalesce(org_unit.short_name, org_unit.name_zh) AS zh,
    coalesce(org_unit.name_en, org_unit.name_zh) AS en
FROM org_unit
WHERE org_unit.code = %(unit)s::text;
