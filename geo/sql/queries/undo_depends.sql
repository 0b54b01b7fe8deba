-- What was done later to what an import made or changed: by code of the feature, what it is, and who or what did it.
WITH chosen AS (
    SELECT
        import.id,
        import.layer
    FROM import
    WHERE import.id = %(id)s::bigint
),

-- The feature is no longer as the import left it.
state AS (
    SELECT
        feature.code,
        'state' AS kind,
        CASE WHEN feature.source = chosen.id THEN feature.recorded_by ELSE later.file END AS told
    FROM chosen
    CROSS JOIN undone
    INNER JOIN feature ON feature.layer = chosen.layer AND feature.id = undone.feature
    LEFT JOIN import AS later ON later.id = feature.source
    INNER JOIN feature_version AS left_as
        ON
            left_as.layer = feature.layer
            AND left_as.feature = feature.id
            AND left_as.version = undone.version
    WHERE
        (
            feature.name, feature.org_unit, feature.area_m2, feature.registered_area_m2, feature.attributes,
            feature.starts_on, feature.due_on, feature.deleted_at IS NULL
        ) IS DISTINCT FROM (
            left_as.name, left_as.org_unit, left_as.area_m2, left_as.registered_area_m2, left_as.attributes,
            left_as.starts_on, left_as.due_on, left_as.deleted_at IS NULL
        )
        OR st_asbinary(feature.geom) IS DISTINCT FROM st_asbinary(left_as.geom)
),

touched AS (
    SELECT DISTINCT
        milestone.layer,
        milestone.feature,
        milestone.milestone
    FROM chosen
    INNER JOIN milestone ON milestone.layer = chosen.layer
    WHERE
        (milestone.source = chosen.id AND milestone.state = 'approved')
        OR milestone.revoked_source = chosen.id
),

-- A date the import brought is no longer the valid one, or somebody has approved it.
corrected AS (
    SELECT
        feature.code,
        'milestone' AS kind,
        touched.milestone AS told
    FROM chosen
    CROSS JOIN touched
    INNER JOIN feature ON feature.layer = touched.layer AND feature.id = touched.feature
    WHERE NOT EXISTS (
        SELECT
        FROM milestone
        WHERE
            milestone.layer = touched.layer
            AND milestone.feature = touched.feature
            AND milestone.milestone = touched.milestone
            AND milestone.source = chosen.id
            AND milestone.state = 'approved'
            AND milestone.judged_at IS NULL
            AND milestone.revoked_at IS NULL
    )
),

added AS (
    SELECT
        feature.code,
        'milestone' AS kind,
        milestone.milestone AS told
    FROM chosen
    CROSS JOIN undone
    INNER JOIN feature ON feature.layer = chosen.layer AND feature.id = undone.feature
    INNER JOIN milestone ON milestone.layer = feature.layer AND milestone.feature = feature.id
    WHERE
        undone.fresh
        AND milestone.source IS DISTINCT FROM chosen.id
        AND milestone.revoked_at IS NULL
),

paid AS (
    SELECT
        feature.code,
        'allocation' AS kind,
        transaction.activity AS told
    FROM chosen
    CROSS JOIN undone
    INNER JOIN feature ON feature.layer = chosen.layer AND feature.id = undone.feature
    INNER JOIN allocation ON allocation.layer = feature.layer AND allocation.feature = feature.id
    INNER JOIN transaction ON transaction.id = allocation.transaction
    WHERE undone.fresh
),

linked AS (
    SELECT
        feature.code,
        'link' AS kind,
        activity_feature.activity AS told
    FROM chosen
    CROSS JOIN undone
    INNER JOIN feature ON feature.layer = chosen.layer AND feature.id = undone.feature
    INNER JOIN activity_feature ON activity_feature.layer = feature.layer AND activity_feature.feature = feature.id
    WHERE undone.fresh AND activity_feature.rule IS NULL
),

attached AS (
    SELECT
        feature.code,
        'attachment' AS kind,
        attachment.name AS told
    FROM chosen
    INNER JOIN attachment ON attachment.layer = chosen.layer
    INNER JOIN feature ON feature.layer = attachment.layer AND feature.id = attachment.feature
    INNER JOIN undone ON undone.feature = feature.id
    WHERE undone.fresh
),

filed AS (
    SELECT
        feature.code,
        'document' AS kind,
        feature_document.title AS told
    FROM chosen
    INNER JOIN feature_document ON feature_document.layer = chosen.layer
    INNER JOIN feature ON feature.layer = feature_document.layer AND feature.id = feature_document.feature
    INNER JOIN undone ON undone.feature = feature.id
    WHERE undone.fresh AND feature_document.withdrawn_at IS NULL
),

seen AS (
    SELECT
        feature.code,
        'report' AS kind,
        report.recorded_by AS told
    FROM chosen
    INNER JOIN report ON report.layer = chosen.layer
    INNER JOIN feature ON feature.layer = report.layer AND feature.id = report.feature
    INNER JOIN undone ON undone.feature = feature.id
    WHERE undone.fresh
),

private AS (
    SELECT
        feature.code,
        'private' AS kind,
        later.file AS told
    FROM chosen
    INNER JOIN import_private AS kept ON kept.layer = chosen.layer AND kept.import > chosen.id
    INNER JOIN import AS later ON later.id = kept.import
    INNER JOIN feature ON feature.layer = kept.layer AND feature.id = kept.feature
    LEFT JOIN undone ON undone.feature = kept.feature
    LEFT JOIN import_private AS mine
        ON mine.import = chosen.id AND mine.layer = kept.layer AND mine.feature = kept.feature
    WHERE undone.fresh OR mine.feature IS NOT NULL
),

depending AS (
    SELECT * FROM state
    UNION
    SELECT * FROM corrected
    UNION
    SELECT * FROM added
    UNION
    SELECT * FROM paid
    UNION
    SELECT * FROM linked
    UNION
    SELECT * FROM attached
    UNION
    SELECT * FROM filed
    UNION
    SELECT * FROM seen
    UNION
    SELECT * FROM private
)

SELECT
    code,
    kind,
    coalesce(told, '') AS told,
    count(*) OVER () AS whole
FROM depending
ORDER BY code, kind, told
LIMIT %(limit)s::integer;
