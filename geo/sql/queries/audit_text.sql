-- Everything that is kept of events, as text that no setting changes. Written out here and not in a function of the
-- database, so that whoever changes events cannot also change what they are read as.
SELECT
    id,
    jsonb_build_array(
        id, extract(EPOCH FROM happened_at)::text, actor, action, codes, subject, old, new
    )::text AS canonical
FROM audit_event
WHERE id = ANY(%(events)s::bigint[]);
