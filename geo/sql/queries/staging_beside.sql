-- Rows of the file beside the features whose boxes meet theirs and that the file does not replace.
SELECT
    staged.source_row,
    staged.code,
    st_asbinary(staged.geom) AS geom,
    known.code AS known_code,
    st_asbinary(known.geom) AS known_geom
FROM {staging} AS staged
INNER JOIN {partition} AS known ON known.geom && st_expand(staged.geom, %(near)s::float8)
WHERE
    known.deleted_at IS NULL
    AND NOT EXISTS (
        SELECT
        FROM {staging} AS same
        WHERE same.code = known.code
    )
ORDER BY staged.source_row, known.code;
