-- The features whose state an import wrote, with the version in which it did so first; fresh where there was no feature
-- before. Nobody may change them meanwhile.
WITH written AS (
    SELECT
        id AS feature,
        version
    FROM feature
    WHERE layer = %(layer)s::text AND source = %(id)s::bigint
    UNION ALL
    SELECT
        feature,
        version
    FROM feature_version
    WHERE layer = %(layer)s::text AND source = %(id)s::bigint
),

first AS (
    SELECT
        feature,
        min(version) AS version
    FROM written
    GROUP BY feature
),

held AS (
    SELECT feature.id
    FROM feature
    INNER JOIN first ON first.feature = feature.id
    WHERE feature.layer = %(layer)s::text
    ORDER BY feature.id
    FOR UPDATE OF feature
)

INSERT INTO undone (feature, version, fresh)
SELECT
    held.id,
    first.version,
    first.version = 1 OR former.deleted_at IS NOT NULL
FROM held
INNER JOIN first ON first.feature = held.id
LEFT JOIN feature_version AS former
    ON
        former.layer = %(layer)s::text
        AND former.feature = first.feature
        AND former.version = first.version - 1;
