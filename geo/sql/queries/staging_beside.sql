-- Rows of the file beside the features whose boxes meet theirs and that the file does not replace.
--
-- Looked up row by row: how few features the file leaves cannot be estimated, and two tables without an index between
-- them would be compared whole.
SELECT
    staged.source_row,
    staged.code,
    st_asbinary(staged.geom) AS geom,
    known.code AS known_code,
    st_asbinary(known.geom) AS known_geom
FROM {staging} AS staged
CROSS JOIN LATERAL (
    SELECT
        feature.code,
        feature.geom
    FROM {partition} AS feature
    WHERE feature.geom && st_expand(staged.geom, %(near)s::float8) AND feature.deleted_at IS NULL
    OFFSET 0
) AS known
WHERE NOT EXISTS (
    SELECT
    FROM {staging} AS same
    WHERE same.code = known.code
)
ORDER BY staged.source_row, known.code;
