-- What has ended stays so, whatever goes wrong afterwards; its secret ends with it.
UPDATE overlay_job
SET
    state = %(state)s::text,
    problem = %(problem)s::jsonb,
    done = CASE WHEN %(state)s::text = 'done' THEN whole ELSE done END,
    hash = NULL,
    stopping = false,
    changed_at = now()
WHERE id = %(job)s::uuid AND state = 'running';
