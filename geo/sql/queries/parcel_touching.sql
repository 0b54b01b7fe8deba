-- Parcels that share ground with a feature, the newest batches first.
SELECT
    parcel.id,
    parcel.number,
    parcel.name,
    parcel.batch,
    parcel_batch.name AS batch_name,
    parcel_batch.created_by
FROM feature
INNER JOIN parcel ON parcel.geom && feature.geom AND st_intersects(parcel.geom, feature.geom)
INNER JOIN parcel_batch ON parcel_batch.id = parcel.batch AND parcel_batch.withdrawn_at IS NULL
WHERE
    feature.id = %(feature)s::uuid
    AND feature.deleted_at IS NULL
    AND (st_dimension(feature.geom) < 2 OR NOT st_touches(parcel.geom, feature.geom))
ORDER BY parcel_batch.created_at DESC, parcel.place
LIMIT %(limit)s::integer;
