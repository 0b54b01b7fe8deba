INSERT INTO feature_document_content (document, sha256, size, name, content)
VALUES (%(document)s::uuid, %(sha256)s::text, %(size)s::integer, %(called)s::text, %(content)s::bytea);
