-- One parcel of a batch that was not withdrawn.
SELECT
    parcel.number,
    parcel.name,
    st_asbinary(parcel.geom) AS geom,
    parcel.registered_area_m2::double precision AS registered_area_m2,
    parcel.kind,
    parcel.source_row,
    parcel.attributes
FROM parcel
INNER JOIN parcel_batch ON parcel_batch.id = parcel.batch AND parcel_batch.withdrawn_at IS NULL
WHERE parcel.id = %(id)s::uuid;
