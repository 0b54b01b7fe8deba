-- Another layer that uses a code.
SELECT (layer.label ->> 'zh') || ' / ' || (layer.label ->> 'en') AS layer
FROM feature
INNER JOIN layer ON layer.code = feature.layer
WHERE
    feature.code = %(code)s::text
    AND feature.layer <> %(layer)s::text
    AND feature.deleted_at IS NULL
ORDER BY layer.place
LIMIT 1;
