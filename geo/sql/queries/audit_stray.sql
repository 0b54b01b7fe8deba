SELECT audit_event.id
FROM audit_event
LEFT JOIN (
    SELECT unnest(audit_seal.events) AS id
    FROM audit_seal
    UNION ALL
    SELECT audit_unsealed.event
    FROM audit_unsealed
) AS listed ON listed.id = audit_event.id
WHERE listed.id IS NULL
ORDER BY audit_event.id;
