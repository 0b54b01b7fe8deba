SELECT feature_document_content.content
FROM feature_document_content
WHERE feature_document_content.document = %(document)s::uuid;
