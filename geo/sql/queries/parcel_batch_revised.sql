-- The name of the batch that was made from one.
SELECT name
FROM parcel_batch
WHERE revises = %(batch)s::uuid AND withdrawn_at IS NULL;
