SELECT
    issued_at,
    as_of,
    matches
FROM extract_check(%(number)s::text, %(sha256)s::text);
