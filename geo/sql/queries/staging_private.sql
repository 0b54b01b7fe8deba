WITH kept AS (
    INSERT INTO feature_private AS known (layer, feature, attributes)
    SELECT
        feature.layer,
        feature.id,
        staged_private.attributes
    FROM staged_private
    INNER JOIN {staged} AS staged ON staged.id = staged_private.id
    INNER JOIN feature ON feature.layer = staged.layer AND feature.code = staged.code
    WHERE staged_private.attributes <> '{{}}'
    ON CONFLICT ON CONSTRAINT feature_private_key DO UPDATE
    SET attributes = known.attributes || excluded.attributes
    WHERE known.attributes || excluded.attributes <> known.attributes
    RETURNING known.feature
)

INSERT INTO staged_change (feature, fresh)
SELECT
    feature,
    false
FROM kept;
