SELECT
    extract.number,
    extract.content::text AS content,
    extract.sha256,
    extract.as_of,
    extract.issued_at,
    extract.issued_by,
    extract.parcels
FROM extract
WHERE extract.number = %(number)s::text;
