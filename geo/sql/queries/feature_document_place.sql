-- Where a document is added: the layer of a feature, and how many documents it has, with those that were withdrawn.
SELECT
    feature.layer,
    (
        SELECT count(*)
        FROM feature_document
        WHERE feature_document.layer = feature.layer AND feature_document.feature = feature.id
    ) AS documents
FROM layer
INNER JOIN feature ON feature.layer = layer.code
WHERE feature.id = %(feature)s::uuid AND feature.deleted_at IS NULL;
