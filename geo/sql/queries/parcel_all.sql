-- The parcels of a batch in its order, a block at a time.
SELECT
    parcel.id,
    parcel.place,
    parcel.number,
    parcel.name,
    st_asbinary(parcel.geom) AS geom,
    parcel.registered_area_m2::double precision AS registered_area_m2,
    parcel.kind,
    parcel.source_row,
    parcel.attributes
FROM parcel
WHERE parcel.batch = %(batch)s::uuid AND parcel.place > %(after)s::integer
ORDER BY parcel.place
LIMIT %(limit)s::integer;
