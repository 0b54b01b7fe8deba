-- What would lose its feature: money, links made by hand, progress that somebody recorded, evidence.
SELECT DISTINCT
    'allocation' AS kind,
    coalesce(transaction.activity, '') AS told
FROM allocation
INNER JOIN transaction ON transaction.id = allocation.transaction
WHERE allocation.layer = %(layer)s::text AND allocation.feature = %(feature)s::uuid
UNION
SELECT
    'link' AS kind,
    activity_feature.activity AS told
FROM activity_feature
WHERE
    activity_feature.layer = %(layer)s::text
    AND activity_feature.feature = %(feature)s::uuid
    AND activity_feature.rule IS NULL
UNION
SELECT
    'milestone' AS kind,
    milestone.milestone AS told
FROM milestone
WHERE
    milestone.layer = %(layer)s::text
    AND milestone.feature = %(feature)s::uuid
    AND milestone.source IS NULL
    AND milestone.revoked_at IS NULL
UNION
SELECT
    'attachment' AS kind,
    attachment.name AS told
FROM attachment
WHERE attachment.layer = %(layer)s::text AND attachment.feature = %(feature)s::uuid
UNION
SELECT
    'document' AS kind,
    feature_document.title AS told
FROM feature_document
WHERE
    feature_document.layer = %(layer)s::text
    AND feature_document.feature = %(feature)s::uuid
    AND feature_document.withdrawn_at IS NULL
UNION
SELECT
    'report' AS kind,
    report.seen_on::text AS told
FROM report
WHERE
    report.layer = %(layer)s::text
    AND report.feature = %(feature)s::uuid
    AND report.withdrawn_at IS NULL
ORDER BY kind, told
LIMIT 5;
