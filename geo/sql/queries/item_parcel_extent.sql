-- West, south, east, north of the parcels that the reader may see: what an index knows would tell of others' too.
SELECT st_xmin(box), st_ymin(box), st_xmax(box), st_ymax(box)
FROM (
    SELECT st_extent(parcel.geom) AS box
    FROM parcel
    INNER JOIN parcel_batch ON parcel_batch.id = parcel.batch AND parcel_batch.withdrawn_at IS NULL
) AS extent
WHERE box IS NOT NULL;
