-- Takes out rows that would change a feature which lies outside of the units in which they may.
DELETE FROM {staging} AS coming
USING feature AS known
WHERE
    known.layer = coming.layer
    AND known.code = coming.code
    AND (known.org_unit = any(%(within)s::text[])) IS NOT TRUE
RETURNING
    coming.source_row,
    coming.code;
