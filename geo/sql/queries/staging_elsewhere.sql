-- Codes of the file that another layer uses.
SELECT
    staged.source_row,
    staged.code,
    min(layer.label ->> 'zh') || ' / ' || min(layer.label ->> 'en') AS layer
FROM {staging} AS staged
INNER JOIN feature ON feature.code = staged.code
INNER JOIN layer ON layer.code = feature.layer
WHERE
    feature.layer <> {layer}
    AND feature.deleted_at IS NULL
GROUP BY staged.source_row, staged.code
ORDER BY staged.source_row;
