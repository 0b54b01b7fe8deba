-- What an approved milestone takes the place of.
UPDATE milestone
SET
    revoked_at = now(),
    revoked_by = %(by)s::text
FROM milestone AS waiting
WHERE
    milestone.layer = waiting.layer
    AND milestone.feature = waiting.feature
    AND milestone.milestone = waiting.milestone
    AND milestone.state = 'approved'
    AND milestone.revoked_at IS NULL
    AND waiting.state = 'pending'
    AND waiting.revoked_at IS NULL
    AND (waiting.report = %(report)s::uuid OR waiting.source = %(source)s::bigint);
