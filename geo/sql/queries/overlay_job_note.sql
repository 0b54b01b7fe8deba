-- Notes how far a job is and tells whether it should stop.
UPDATE overlay_job
SET
    done = %(done)s::integer,
    changed_at = now()
WHERE id = %(job)s::uuid
RETURNING stopping;
