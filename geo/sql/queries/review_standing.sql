-- How the milestone of a report stands, and who judged it.
SELECT
    CASE WHEN milestone.revoked_at IS NULL THEN milestone.state ELSE 'revoked' END AS state,
    coalesce(milestone.judged_by, milestone.revoked_by, '') AS judged_by
FROM milestone
WHERE milestone.report = %(report)s::uuid
ORDER BY milestone.id DESC
LIMIT 1;
