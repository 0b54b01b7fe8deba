SELECT
    batch,
    total,
    events,
    digests,
    extract(EPOCH FROM sealed_at)::text AS moment,
    hash
FROM audit_seal
ORDER BY batch;
