-- The feature that a report is about, and whether its layer has the milestone; it must not be deleted meanwhile.
SELECT
    feature.layer,
    feature.code,
    layer_milestone.milestone IS NOT NULL AS known,
    milestone.reached_on
FROM layer
INNER JOIN feature ON feature.layer = layer.code
LEFT JOIN layer_milestone
    ON layer_milestone.layer = feature.layer AND layer_milestone.milestone = %(milestone)s::text
LEFT JOIN milestone
    ON
        milestone.layer = feature.layer
        AND milestone.feature = feature.id
        AND milestone.milestone = layer_milestone.milestone
        AND milestone.state = 'approved'
        AND milestone.revoked_at IS NULL
WHERE feature.id = %(feature)s::uuid AND feature.deleted_at IS NULL;
