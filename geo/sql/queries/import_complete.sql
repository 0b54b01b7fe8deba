INSERT INTO import_complete (import, layer, org_unit, as_of, file, stated_by)
SELECT
    import.id,
    import.layer,
    stated.org_unit,
    %(as_of)s::date,
    import.file,
    %(by)s::text
FROM import
CROSS JOIN unnest(%(org_units)s::text[]) AS stated (org_unit)
WHERE import.id = %(id)s::bigint;
