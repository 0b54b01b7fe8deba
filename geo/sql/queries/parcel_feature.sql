-- Records of a layer that are there today and have a polygon, to be taken as parcels.
SELECT
    feature.code,
    feature.name,
    st_asbinary(feature.geom) AS geom,
    feature.registered_area_m2::double precision AS registered_area_m2
FROM feature
WHERE
    feature.layer = %(layer)s::text
    AND feature.code = ANY(%(codes)s::text[])
    AND feature.deleted_at IS NULL
    AND st_dimension(feature.geom) = 2
ORDER BY array_position(%(codes)s::text[], feature.code);
