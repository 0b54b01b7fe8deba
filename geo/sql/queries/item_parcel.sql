-- Parcels of the batches that the reader may see and that were not withdrawn, in the order of their batches.
SELECT
    concat_ws('/', parcel.batch, parcel.place, parcel.id) AS key,
    parcel.id,
    parcel.geom AS geometry,
    parcel.batch AS batch_id,
    parcel.place,
    parcel.number,
    parcel.name,
    parcel.batch::text AS batch,
    parcel_batch.name AS batch_name,
    parcel_batch.origin,
    parcel.kind,
    parcel.registered_area_m2,
    parcel.area_m2,
    parcel_batch.shared,
    parcel_batch.created_at::date AS kept_on
FROM parcel
INNER JOIN parcel_batch ON parcel_batch.id = parcel.batch
WHERE parcel_batch.withdrawn_at IS NULL AND parcel_batch.created_at::date <= %(as_of)s::date
