-- A report of somebody's own that was not withdrawn, kept from others until the transaction ends, and how it stands.
SELECT
    report.layer,
    report.feature,
    report.photographs,
    judged.state,
    judged.judged_by
FROM report
LEFT JOIN LATERAL (
    SELECT
        CASE WHEN milestone.revoked_at IS NULL THEN milestone.state ELSE 'revoked' END AS state,
        coalesce(milestone.judged_by, milestone.revoked_by) AS judged_by
    FROM milestone
    WHERE milestone.report = report.id
    ORDER BY milestone.id DESC
    LIMIT 1
) AS judged ON true
WHERE
    report.id = %(id)s::uuid
    AND report.recorded_by = %(by)s::text
    AND report.withdrawn_at IS NULL
FOR UPDATE OF report;
