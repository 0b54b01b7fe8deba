-- Where each layer comes from: its last import, and the name of the file for whoever may see it.
SELECT
    layer_source.layer,
    layer_source.imported_at,
    layer_source.illustrative,
    import.file
FROM layer_source
LEFT JOIN import ON import.id = layer_source.last_import
WHERE layer_source.layer = ANY(%(layers)s::text[]);
