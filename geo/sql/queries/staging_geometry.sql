-- A position that is not in the list is passed over by hash.
SELECT
    source_row,
    code,
    st_asbinary(geom) AS geom
FROM {staging}
WHERE source_row = ANY(%(rows)s::integer[]) AND geom IS NOT NULL;
