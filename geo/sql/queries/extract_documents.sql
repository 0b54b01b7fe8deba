SELECT
    format,
    language,
    sha256,
    size,
    made_at
FROM extract_document
WHERE extract = %(number)s::text
ORDER BY made_at, sha256;
