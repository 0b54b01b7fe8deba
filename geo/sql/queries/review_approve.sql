UPDATE milestone
SET
    state = 'approved',
    judged_at = now(),
    judged_by = %(by)s::text,
    judgement = %(reason)s::text
WHERE
    state = 'pending'
    AND revoked_at IS NULL
    AND (report = %(report)s::uuid OR source = %(source)s::bigint);
