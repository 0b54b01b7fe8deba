-- One feature as it is stored, kept from others until the transaction ends.
SELECT
    version,
    org_unit,
    area_m2,
    st_asbinary(geom) AS geom,
    attributes,
    code,
    name,
    registered_area_m2::float8 AS registered_area_m2,
    starts_on::text AS starts_on,
    due_on::text AS due_on
FROM feature
WHERE
    layer = %(layer)s::text
    AND id = %(feature)s::uuid
    AND deleted_at IS NULL
FOR UPDATE;
