-- An expired answer may still be there.
INSERT INTO idempotency (actor, key, fingerprint, status, headers, body)
VALUES (
    %(actor)s::text, %(key)s::text, %(fingerprint)s::text, %(status)s::integer, %(headers)s::jsonb, %(body)s::bytea
)
ON CONFLICT ON CONSTRAINT idempotency_key DO UPDATE
SET
    fingerprint = excluded.fingerprint,
    status = excluded.status,
    headers = excluded.headers,
    body = excluded.body,
    answered_at = excluded.answered_at;
