DELETE FROM activity_feature
WHERE activity = %(activity)s::text AND feature = %(feature)s::uuid AND rule IS NULL
RETURNING 1;
