-- What has ended stays so, whatever goes wrong afterwards.
UPDATE import_job
SET
    state = %(state)s::text,
    report = coalesce(%(report)s::jsonb, CASE WHEN %(state)s::text = 'cancelled' THEN report END),
    problem = %(problem)s::jsonb,
    stopping = false,
    changed_at = now()
WHERE id = %(job)s::uuid AND state = 'running';
