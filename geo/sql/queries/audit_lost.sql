SELECT audit_unsealed.event
FROM audit_unsealed
WHERE NOT EXISTS (SELECT FROM audit_event WHERE audit_event.id = audit_unsealed.event)
ORDER BY audit_unsealed.event;
