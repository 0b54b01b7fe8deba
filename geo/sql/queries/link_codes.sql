-- Links those of a list of codes that are known, and gives these back.
WITH listed AS (
    SELECT
        feature.id,
        feature.code
    FROM feature
    WHERE
        feature.layer = %(layer)s::text
        AND feature.code = ANY(%(codes)s::text[])
        AND feature.deleted_at IS NULL
),

linked AS (
    INSERT INTO activity_feature AS kept (activity, layer, feature)
    SELECT
        %(activity)s::text,
        %(layer)s::text,
        listed.id
    FROM listed
    ON CONFLICT ON CONSTRAINT activity_feature_key DO UPDATE
    SET rule = NULL
    RETURNING
        kept.feature,
        kept.xmax = 0 AS fresh
)

SELECT
    listed.code,
    linked.fresh
FROM listed
INNER JOIN linked ON linked.feature = listed.id;
