-- The document of a feature that has these bytes and was not withdrawn.
SELECT
    feature_document.id,
    feature_document.title,
    feature_document.recorded_by,
    feature_document.recorded_at::date AS recorded_on
FROM feature_document
WHERE
    feature_document.layer = %(layer)s::text
    AND feature_document.feature = %(feature)s::uuid
    AND feature_document.sha256 = %(sha256)s::text
    AND feature_document.withdrawn_at IS NULL;
