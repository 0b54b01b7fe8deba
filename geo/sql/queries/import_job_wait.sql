UPDATE import_job
SET
    state = 'waiting',
    changed_at = now()
WHERE id = %(job)s::uuid AND state = 'running';
