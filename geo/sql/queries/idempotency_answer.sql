SELECT
    fingerprint,
    status,
    headers,
    body
FROM idempotency
WHERE
    actor = %(actor)s::text
    AND key = %(key)s::text
    AND answered_at > now() - make_interval(hours => %(hours)s::integer);
