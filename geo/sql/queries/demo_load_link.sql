-- Links an activity to features of a layer: all of them, or those with a value in a column.
INSERT INTO activity_feature (activity, layer, feature)
SELECT
    activity.code,
    feature.layer,
    feature.id
FROM activity
INNER JOIN feature ON feature.layer = %(layer)s::text
WHERE
    activity.name_zh = %(activity)s::text
    AND feature.deleted_at IS NULL
    AND (
        %(attribute)s::text IS NULL
        OR feature.name = %(value)s::text AND %(attribute)s::text = 'name'
        OR feature.attributes ->> %(attribute)s::text = %(value)s::text
    )
ON CONFLICT ON CONSTRAINT activity_feature_key DO NOTHING;
