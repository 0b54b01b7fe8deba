UPDATE import_job
SET
    state = 'waiting',
    action = %(action)s::text,
    choice = %(choice)s::jsonb,
    done = 0,
    whole = 0,
    stopping = false,
    problem = NULL,
    changed_at = now()
WHERE id = %(job)s::uuid;
