INSERT INTO audit_seal (batch, total, events, digests, hash, sealed_at)
VALUES (
    %(batch)s::bigint,
    %(total)s::bigint,
    %(events)s::bigint[],
    %(digests)s::bytea,
    %(hash)s::text,
    to_timestamp(0) + %(moment)s::numeric * interval '1 second'
);
