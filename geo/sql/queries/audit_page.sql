SELECT
    id,
    happened_at,
    actor,
    action,
    subject,
    old,
    new,
    NOT EXISTS (SELECT FROM audit_unsealed WHERE audit_unsealed.event = audit_event.id) AS sealed
FROM audit_event
WHERE
    (%(actor)s::text IS NULL OR actor = %(actor)s::text)
    AND (
        %(action)s::text IS NULL
        OR action = %(action)s::text
        OR starts_with(action, %(action)s::text || '.')
    )
    AND (%(code)s::text IS NULL OR codes @> ARRAY[%(code)s::text])
    AND (%(since)s::timestamptz IS NULL OR happened_at >= %(since)s::timestamptz)
    AND (%(until)s::timestamptz IS NULL OR happened_at < %(until)s::timestamptz)
    AND (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
ORDER BY id DESC
LIMIT %(limit)s::integer;
