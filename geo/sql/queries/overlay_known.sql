-- For layers and places, '' being outside every township: whether a record of the layer was ever loaded there, be it
-- struck off since; whether whoever asks sees all of the layer there; and which file was last stated to be complete for
-- the place or what it lies in, by a day. Outside the townships only what is complete for the county is.
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
    ) AS published,
    complete.as_of AS complete_as_of,
    complete.file AS complete_file
FROM unnest(%(layers)s::text[]) AS layer (code)
CROSS JOIN unnest(%(places)s::text[]) AS place (code)
LEFT JOIN LATERAL (
    SELECT
        import_complete.as_of,
        import_complete.file
    FROM import_complete
    WHERE
        import_complete.layer = layer.code
        AND import_complete.undone_at IS NULL
        AND import_complete.as_of <= %(as_of)s::date
        AND CASE place.code
            WHEN '' THEN EXISTS (
                SELECT FROM org_unit WHERE org_unit.code = import_complete.org_unit AND org_unit.level = 'county'
            )
            ELSE EXISTS (
                SELECT
                FROM org_unit_ancestor AS above
                WHERE above.unit = place.code AND above.ancestor = import_complete.org_unit
            )
        END
    ORDER BY import_complete.as_of DESC, import_complete.import DESC
    LIMIT 1
) AS complete ON true;
