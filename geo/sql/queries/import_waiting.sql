-- How many milestones of an import wait for approval.
SELECT count(*)::integer
FROM milestone
WHERE
    source = %(source)s::bigint
    AND layer = %(layer)s::text
    AND state = 'pending'
    AND revoked_at IS NULL;
