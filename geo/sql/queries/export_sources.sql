-- The files that the present features of a layer came from, newest first, and whether any is illustrative.
SELECT
    import.file,
    import.illustrative
FROM import
WHERE
    import.layer = %(layer)s::text
    AND EXISTS (
        SELECT
        FROM feature
        WHERE feature.layer = %(layer)s::text AND feature.source = import.id AND feature.deleted_at IS NULL
    )
ORDER BY import.id DESC;
