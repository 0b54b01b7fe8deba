-- For layers and places, '' being outside every township: whether a record of the layer was ever loaded there, be it
-- struck off since, and whether whoever asks sees all of the layer there.
SELECT
    layer.code AS layer,
    place.code AS place,
    CASE place.code
        WHEN '' THEN EXISTS (SELECT FROM feature WHERE feature.layer = layer.code)
        ELSE EXISTS (
            SELECT
            FROM feature
            WHERE
                feature.layer = layer.code
                AND feature.org_unit = ANY(
                    ARRAY(SELECT below.unit FROM org_unit_ancestor AS below WHERE below.ancestor = place.code)
                )
        )
    END AS loaded,
    viewer_context() IS NULL
    OR viewer_everywhere(NULL)
    OR EXISTS (
        SELECT
        FROM viewer_keys(NULL) AS key
        WHERE key IN (layer.code, nullif(place.code, ''), layer.code || '/' || nullif(place.code, ''))
    ) AS published
FROM unnest(%(layers)s::text[]) AS layer (code)
CROSS JOIN unnest(%(places)s::text[]) AS place (code);
