-- Those that somebody else is clearing away are left to them.
DELETE FROM idempotency
USING (
    SELECT
        actor,
        key
    FROM idempotency
    WHERE answered_at <= now() - make_interval(hours => %(hours)s::integer)
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
) AS expired
WHERE idempotency.actor = expired.actor AND idempotency.key = expired.key;
