SELECT
    audit_chain.identity::text AS database,
    coalesce(last.batch, 0) AS batch,
    coalesce(last.total, 0) AS events,
    coalesce(last.hash, '') AS hash,
    last.sealed_at,
    (SELECT count(*) FROM audit_unsealed) AS waiting
FROM audit_chain
LEFT JOIN LATERAL (
    SELECT
        batch,
        total,
        hash,
        sealed_at
    FROM audit_seal
    ORDER BY batch DESC
    LIMIT 1
) AS last ON true;
