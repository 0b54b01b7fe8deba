UPDATE overlay_job
SET
    state = 'waiting',
    hash = NULL,
    changed_at = now()
WHERE id = %(job)s::uuid AND state = 'running';
