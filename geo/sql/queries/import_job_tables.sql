UPDATE import_job
SET tables = %(tables)s::jsonb
WHERE id = %(job)s::uuid;
