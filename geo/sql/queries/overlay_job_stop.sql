UPDATE overlay_job
SET
    stopping = state = 'running',
    state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END,
    changed_at = now()
WHERE id = %(job)s::uuid
RETURNING id;
