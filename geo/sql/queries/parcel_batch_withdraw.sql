UPDATE parcel_batch
SET
    withdrawn_at = now(),
    version = version + 1
WHERE id = %(batch)s::uuid AND withdrawn_at IS NULL
RETURNING id;
