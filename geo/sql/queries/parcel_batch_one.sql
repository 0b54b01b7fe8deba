-- A batch that was not withdrawn, and how many parcels it has.
SELECT
    parcel_batch.id,
    parcel_batch.name,
    parcel_batch.shared,
    parcel_batch.version,
    parcel_batch.created_by,
    (SELECT count(*) FROM parcel WHERE parcel.batch = parcel_batch.id)::integer AS parcels
FROM parcel_batch
WHERE parcel_batch.id = %(batch)s::uuid AND parcel_batch.withdrawn_at IS NULL;
