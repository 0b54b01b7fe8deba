-- Columns that are null go; those that are not stated stay.
INSERT INTO feature_private AS known (layer, feature, attributes)
SELECT
    %(layer)s::text AS layer,
    %(feature)s::uuid AS feature,
    jsonb_strip_nulls(%(stated)s::jsonb) AS attributes
WHERE
    jsonb_strip_nulls(%(stated)s::jsonb) <> '{}'
    OR EXISTS (
        SELECT
        FROM feature_private
        WHERE feature_private.layer = %(layer)s::text AND feature_private.feature = %(feature)s::uuid
    )
ON CONFLICT ON CONSTRAINT feature_private_key DO UPDATE
SET attributes = jsonb_strip_nulls(known.attributes || %(stated)s::jsonb)
WHERE jsonb_strip_nulls(known.attributes || %(stated)s::jsonb) <> known.attributes
RETURNING true;
