-- One page of items in order of their key, each as a GeoJSON Feature, with its key and how many were found, one beyond
-- the page included. What is only shown is computed for the page alone.
WITH page AS MATERIALIZED (
    SELECT
        item.key,
        item.id
    FROM ({source}) AS item
    WHERE {condition} AND (%(after)s::text IS NULL OR {behind})
    ORDER BY {keys}
    LIMIT %(limit)s::integer + 1
)

SELECT
    '{{"type":"Feature","id":' || to_json(item.id) || ',"geometry":' || coalesce({geometry}, 'null')
    || ',"properties":' || row_to_json(told)::text || '}}',
    item.key,
    (SELECT count(found.key) FROM page AS found)
FROM page
INNER JOIN ({found}) AS item ON item.id = page.id
CROSS JOIN LATERAL (SELECT {properties}) AS told
ORDER BY {keys}
LIMIT %(limit)s::integer;
