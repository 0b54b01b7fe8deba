-- One item as a GeoJSON Feature.
SELECT
    '{{"type":"Feature","id":' || to_json(item.id) || ',"geometry":' || coalesce({geometry}, 'null')
    || ',"properties":' || row_to_json(told)::text || '}}'
FROM ({source}) AS item
CROSS JOIN LATERAL (SELECT {properties}) AS told
WHERE item.id = %(identity)s;
