-- A batch that was not withdrawn, held until the transaction ends.
SELECT
    name,
    origin,
    shared,
    notes,
    created_by
FROM parcel_batch
WHERE id = %(batch)s::uuid AND withdrawn_at IS NULL
FOR UPDATE;
