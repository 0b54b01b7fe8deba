-- Links by hand: one that a rule had made is now kept for itself.
INSERT INTO activity_feature AS kept (activity, layer, feature)
SELECT
    %(activity)s::text,
    feature.layer,
    feature.id
FROM layer
INNER JOIN feature ON feature.layer = layer.code
WHERE feature.id = ANY(%(features)s::uuid[]) AND feature.deleted_at IS NULL
ON CONFLICT ON CONSTRAINT activity_feature_key DO UPDATE
SET rule = NULL
RETURNING
    kept.feature,
    kept.xmax = 0 AS fresh;
