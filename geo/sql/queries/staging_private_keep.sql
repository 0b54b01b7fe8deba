-- Personal columns as they are before they change, of features that were there before the file.
WITH kept AS (
    INSERT INTO import_private (import, layer, feature, attributes)
    SELECT
        %(source)s,
        feature.layer,
        feature.id,
        known.attributes
    FROM staged_private
    INNER JOIN {staged} AS staged ON staged.id = staged_private.id
    INNER JOIN feature ON feature.layer = staged.layer AND feature.code = staged.code
    LEFT JOIN feature_private AS known ON known.layer = feature.layer AND known.feature = feature.id
    WHERE
        staged_private.attributes <> '{{}}'
        AND feature.id <> staged.id
        AND (known.attributes IS NULL OR known.attributes || staged_private.attributes <> known.attributes)
    RETURNING layer, feature, attributes
)

INSERT INTO staged_difference (feature, field, old, new)
SELECT
    kept.feature,
    member.key,
    kept.attributes ->> member.key,
    member.value
FROM kept
INNER JOIN feature ON feature.layer = kept.layer AND feature.id = kept.feature
INNER JOIN {staged} AS staged ON staged.code = feature.code
INNER JOIN staged_private ON staged_private.id = staged.id
CROSS JOIN jsonb_each_text(staged_private.attributes) AS member
WHERE kept.attributes ->> member.key IS DISTINCT FROM member.value;
