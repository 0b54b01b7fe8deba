-- Whether the layer holds anything that this file does not replace.
SELECT true
FROM {partition} AS known
WHERE
    known.deleted_at IS NULL
    AND known.geom IS NOT NULL
    AND NOT EXISTS (
        SELECT
        FROM {staging} AS staged
        WHERE staged.code = known.code
    )
LIMIT 1;
