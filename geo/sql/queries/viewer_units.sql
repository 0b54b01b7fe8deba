SELECT
    units,
    units IS NULL AS everywhere
FROM viewer_units(%(called)s::text, %(verb)s::text, %(layer)s::text) AS units;
