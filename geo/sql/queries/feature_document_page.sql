-- The documents of a feature, the last added first. The name of a file is told to whom it opens for, which row-level
-- security says of its content.
SELECT
    json_build_object(
        'documents', coalesce(
            (
                SELECT
                    json_agg(
                        json_build_object(
                            'id', feature_document.id,
                            'kind', feature_document.kind,
                            'title', feature_document.title,
                            'number', feature_document.number,
                            'dated_on', feature_document.dated_on,
                            'personal', feature_document.personal,
                            'opens', opened.document IS NOT NULL,
                            'name', opened.name,
                            'media_type', feature_document.media_type,
                            'size', feature_document.size,
                            'sha256', feature_document.sha256,
                            'recorded_at', feature_document.recorded_at,
                            'recorded_by', feature_document.recorded_by,
                            'withdrawn_at', feature_document.withdrawn_at,
                            'withdrawn_by', feature_document.withdrawn_by,
                            'reason', feature_document.reason
                        )
                        ORDER BY feature_document.recorded_at DESC, feature_document.id
                    )
                FROM feature_document
                LEFT JOIN feature_document_content AS opened ON opened.document = feature_document.id
                WHERE feature_document.layer = feature.layer AND feature_document.feature = feature.id
            ),
            '[]'
        )
    )::text
FROM layer
INNER JOIN feature ON feature.layer = layer.code
WHERE feature.id = %(feature)s::uuid AND feature.deleted_at IS NULL;
