-- A polygon of a layer as a parcel to be asked about.
SELECT
    code,
    name,
    registered_area_m2::float8 AS registered_area_m2,
    st_asbinary(geom) AS geom
FROM feature
WHERE
    layer = %(layer)s::text
    AND id = %(feature)s::uuid
    AND deleted_at IS NULL;
