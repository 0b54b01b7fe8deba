DELETE FROM feature_private
WHERE
    layer = %(layer)s::text
    AND feature IN (
        SELECT undone.feature
        FROM undone
        WHERE undone.fresh
        UNION ALL
        SELECT kept.feature
        FROM import_private AS kept
        WHERE kept.import = %(id)s::bigint AND kept.attributes IS NULL
    );
