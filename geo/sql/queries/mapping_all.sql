SELECT
    layer,
    name,
    fingerprint,
    mapping
FROM import_mapping
WHERE
    layer = %(layer)s::text
    AND (%(called)s::text IS NULL OR name = %(called)s::text)
    AND (%(fingerprint)s::text IS NULL OR fingerprint = %(fingerprint)s::text)
ORDER BY saved_at DESC, name;
