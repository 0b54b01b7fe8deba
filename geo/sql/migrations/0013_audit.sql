-- The audit trail: what a record was and became, and batches of events that are sealed one upon the other.

-- codes are the codes by which people look for what an event is about; old and new hold only what changed.
ALTER TABLE audit_event
ADD COLUMN codes text[] NOT NULL DEFAULT '{}',
ADD COLUMN old jsonb,
ADD COLUMN new jsonb;
CREATE INDEX audit_event_codes ON audit_event USING gin (codes);
CREATE INDEX audit_event_actor ON audit_event (actor, id);
CREATE INDEX audit_event_action ON audit_event (action, id);
CREATE INDEX audit_event_happened ON audit_event (happened_at);

-- Events that no batch holds yet. An event and its line here are written by one transaction, so whoever seals sees both
-- or neither, in whatever order transactions end.
CREATE TABLE audit_unsealed (
    event bigint NOT NULL,
    CONSTRAINT audit_unsealed_key PRIMARY KEY (event)
);
INSERT INTO audit_unsealed (event)
SELECT id
FROM audit_event;

-- A batch lists its events in order, with the SHA-256 of each; hash is that of the list and of the hash before it;
-- total is how many events there are up to here.
CREATE TABLE audit_seal (
    batch bigint NOT NULL,
    total bigint NOT NULL,
    events bigint[] NOT NULL,
    first_event bigint GENERATED ALWAYS AS (events[1]) STORED,
    last_event bigint GENERATED ALWAYS AS (events[cardinality(events)]) STORED,
    count integer GENERATED ALWAYS AS (cardinality(events)) STORED,
    digests bytea NOT NULL,
    hash text NOT NULL,
    sealed_at timestamptz NOT NULL,
    CONSTRAINT audit_seal_key PRIMARY KEY (batch),
    CONSTRAINT audit_seal_filled CHECK (
        cardinality(events) > 0 AND length(digests) = 32 * cardinality(events)
    )
);

-- What tells this trail from that of another database: the first batch follows from it.
CREATE TABLE audit_chain (
    singleton boolean NOT NULL DEFAULT true,
    identity uuid NOT NULL DEFAULT gen_random_uuid(),
    CONSTRAINT audit_chain_key PRIMARY KEY (singleton),
    CONSTRAINT audit_chain_single CHECK (singleton)
);
INSERT INTO audit_chain DEFAULT VALUES;

-- The columns of a layer that hold personal data, written from the declarations: their values stay out of the trail.
ALTER TABLE layer ADD COLUMN private text[] NOT NULL DEFAULT '{}';
