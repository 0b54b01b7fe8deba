-- What is put back is not kept twice.
WITH kept AS (
    DELETE FROM import_private
    WHERE import = %(id)s::bigint
    RETURNING layer, feature, attributes
)

UPDATE feature_private
SET attributes = kept.attributes
FROM kept
WHERE
    feature_private.layer = kept.layer
    AND feature_private.feature = kept.feature
    AND kept.attributes IS NOT NULL;
