INSERT INTO parcel_batch (name, origin, file, sha256, shared, revises, notes, problems, created_by)
VALUES (
    %(called)s::text,
    %(origin)s::text,
    %(file)s::text,
    %(sha256)s::text,
    %(shared)s::boolean,
    %(revises)s::uuid,
    %(notes)s::jsonb,
    %(problems)s::jsonb,
    %(by)s::text
)
RETURNING id;
