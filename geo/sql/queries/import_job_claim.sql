-- Takes a job up, also one that a worker was at which is gone.
UPDATE import_job
SET
    state = 'running',
    changed_at = now()
WHERE id = %(job)s::uuid AND state IN ('waiting', 'running')
RETURNING state;
