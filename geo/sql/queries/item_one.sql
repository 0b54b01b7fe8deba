-- One item as a GeoJSON Feature.
SELECT
    '{{"type":"Feature","id":' || to_json(page.id) || ',"geometry":' || coalesce({geometry}, 'null')
    || ',"properties":' || row_to_json(told)::text || '}}'
FROM ({source}) AS page
CROSS JOIN LATERAL (SELECT {properties}) AS told
WHERE page.id = %(identity)s;
