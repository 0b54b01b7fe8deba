-- One document of a feature, and whether it opens for the viewer.
SELECT
    feature.layer,
    feature.code,
    feature_document.title,
    feature_document.number,
    feature_document.personal,
    feature_document.media_type,
    feature_document.sha256,
    feature_document.withdrawn_at IS NOT NULL AS withdrawn,
    feature_document.withdrawn_by,
    feature_document.reason,
    opened.name
FROM layer
INNER JOIN feature ON feature.layer = layer.code
INNER JOIN feature_document ON feature_document.layer = feature.layer AND feature_document.feature = feature.id
LEFT JOIN feature_document_content AS opened ON opened.document = feature_document.id
WHERE
    feature.id = %(feature)s::uuid
    AND feature.deleted_at IS NULL
    AND feature_document.id = %(document)s::uuid;
