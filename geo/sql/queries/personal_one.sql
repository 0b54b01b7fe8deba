-- Row-level security lets only those rows through whose personal columns the viewer may see.
SELECT
    feature.layer,
    feature.code,
    feature_private.attributes
FROM layer
INNER JOIN feature ON feature.layer = layer.code
INNER JOIN feature_private ON feature_private.layer = feature.layer AND feature_private.feature = feature.id
WHERE feature.id = %(feature)s::uuid AND feature.deleted_at IS NULL;
