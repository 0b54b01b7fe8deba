-- Items in order of their key, a row each: the key, the properties, then the geometry as little-endian WKB.
SELECT item.key, {properties}, st_asbinary(item.geometry, 'NDR')
FROM ({source}) AS item
WHERE {condition} AND (%(after)s::text IS NULL OR {behind})
ORDER BY {keys}
LIMIT %(limit)s::integer;
