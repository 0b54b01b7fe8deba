-- What was wrong with parcels of a batch: first with those that were not kept, then with those that were.
SELECT problem.value AS problem
FROM parcel_batch
CROSS JOIN jsonb_array_elements(parcel_batch.problems) AS problem (value)
WHERE parcel_batch.id = %(batch)s::uuid
UNION ALL
SELECT problem.value AS problem
FROM parcel
CROSS JOIN jsonb_array_elements(parcel.problems) AS problem (value)
WHERE parcel.batch = %(batch)s::uuid AND parcel.problems <> '[]';
