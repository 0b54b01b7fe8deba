-- Items that were found, in order of their key, each as a GeoJSON Feature.
SELECT
    '{{"type":"Feature","id":' || to_json(item.id) || ',"geometry":' || coalesce({geometry}, 'null')
    || ',"properties":' || row_to_json(told)::text || '}}'
FROM ({source}) AS item
CROSS JOIN LATERAL (SELECT {properties}) AS told
WHERE item.id = any(%(ids)s)
ORDER BY {keys};
