-- Takes a job up, also one that a worker was at which is gone; what that one had found is found anew.
UPDATE overlay_job
SET
    state = 'running',
    hash = %(hash)s::text,
    done = 0,
    changed_at = now()
WHERE id = %(job)s::uuid AND state IN ('waiting', 'running')
RETURNING batch, layers, as_of, within_m, language, created_by;
