-- What was answered to a request that named itself by a key, so that the same request sent again is answered the same.
CREATE TABLE idempotency (
    actor text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status integer NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_key PRIMARY KEY (actor, key),
    CONSTRAINT idempotency_status_known CHECK (status BETWEEN 200 AND 299),
    CONSTRAINT idempotency_headers_object CHECK (jsonb_typeof(headers) = 'object')
);
CREATE INDEX idempotency_answered ON idempotency (answered_at);
