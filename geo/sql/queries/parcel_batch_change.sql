-- What is left out stays; a version that is not the present one changes nothing.
UPDATE parcel_batch
SET
    name = coalesce(%(called)s::text, name),
    shared = coalesce(%(shared)s::boolean, shared),
    version = version + 1
WHERE
    id = %(batch)s::uuid
    AND withdrawn_at IS NULL
    AND (%(version)s::integer IS NULL OR version = %(version)s::integer)
RETURNING version;
