-- The extract that a request with this key was given before.
SELECT
    number,
    fingerprint
FROM extract
WHERE
    issued_by = %(by)s::text
    AND request_key = %(request_key)s::text;
