DELETE FROM feature_private
WHERE layer = %(layer)s::text AND feature = %(feature)s::uuid;
