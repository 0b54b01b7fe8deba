-- A corrected date revokes the record that carried the other one, where whoever imports may approve.
WITH revoked AS (
    UPDATE milestone
    SET
        revoked_at = now(),
        revoked_by = %(by)s,
        revoked_source = %(source)s
    FROM staged_milestone
    INNER JOIN {staged} AS staged ON staged.id = staged_milestone.id
    INNER JOIN feature ON feature.layer = staged.layer AND feature.code = staged.code
    WHERE
        milestone.layer = feature.layer
        AND milestone.feature = feature.id
        AND milestone.milestone = staged_milestone.milestone
        AND milestone.reached_on <> staged_milestone.reached_on
        AND milestone.state = 'approved'
        AND milestone.revoked_at IS NULL
        AND (%(approving)s::text[] IS NULL OR feature.org_unit = ANY(%(approving)s::text[]))
    RETURNING milestone.feature, milestone.milestone, milestone.reached_on
),

told AS (
    INSERT INTO staged_difference (feature, field, old)
    SELECT
        feature,
        'milestone:' || milestone,
        reached_on::text
    FROM revoked
)

INSERT INTO staged_change (feature, fresh)
SELECT
    feature,
    false
FROM revoked;
