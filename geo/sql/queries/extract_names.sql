SELECT
    code,
    name_zh,
    coalesce(name_en, name_zh) AS name_en
FROM org_unit
WHERE code = ANY(%(codes)s::text[]);
