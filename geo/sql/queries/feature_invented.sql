-- The layers that hold illustrative features now.
SELECT DISTINCT import_mark.layer
FROM import_mark
WHERE
    import_mark.illustrative
    AND EXISTS (
        SELECT
        FROM feature
        WHERE feature.layer = import_mark.layer AND feature.source = import_mark.id AND feature.deleted_at IS NULL
    );
