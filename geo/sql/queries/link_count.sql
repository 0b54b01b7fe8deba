SELECT count(*)
FROM activity_feature
INNER JOIN feature ON feature.layer = activity_feature.layer AND feature.id = activity_feature.feature
WHERE activity_feature.activity = %(activity)s::text AND feature.deleted_at IS NULL;
