SELECT
    units,
    units IS NULL AS everywhere
FROM viewer_units(%(called)s::text, 'edit', %(layer)s::text) AS units;
