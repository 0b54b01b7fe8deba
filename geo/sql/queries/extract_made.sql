-- The same document of the same extract, made again, is on record already.
INSERT INTO extract_document (extract, format, language, sha256, size, made_by)
VALUES (
    %(number)s::text, %(format)s::text, %(language)s::text, %(sha256)s::text, %(size)s::integer, %(by)s::text
)
ON CONFLICT ON CONSTRAINT extract_document_key DO NOTHING;
