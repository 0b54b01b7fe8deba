-- Whether every feature of a layer has a geometry.
SELECT NOT EXISTS (
    SELECT
    FROM feature
    WHERE feature.layer = %(layer)s::text AND feature.deleted_at IS NULL AND feature.geom IS NULL
);
