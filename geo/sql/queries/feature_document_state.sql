-- How a document stands that could not be withdrawn.
SELECT
    feature_document.title,
    feature_document.withdrawn_by,
    feature_document.reason
FROM layer
INNER JOIN feature ON feature.layer = layer.code
INNER JOIN feature_document ON feature_document.layer = feature.layer AND feature_document.feature = feature.id
WHERE
    feature.id = %(feature)s::uuid
    AND feature.deleted_at IS NULL
    AND feature_document.id = %(document)s::uuid;
