-- The last import of each layer that still stands, where whoever asks may know of it: the file and the day.
SELECT DISTINCT ON (import.layer)
    import.layer,
    import.file,
    import.imported_at::date AS imported_on,
    import.illustrative
FROM import
WHERE import.layer = ANY(%(layers)s::text[]) AND import.undone_at IS NULL
ORDER BY import.layer, import.id DESC;
