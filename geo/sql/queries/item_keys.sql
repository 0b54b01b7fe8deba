-- The keys and ids of a page of items in order of their key, one beyond the page included.
SELECT
    item.key,
    item.id
FROM ({source}) AS item
WHERE {condition} AND (%(after)s::text IS NULL OR {behind})
ORDER BY {keys}
LIMIT %(limit)s::integer + 1;
