-- Where whoever imports may not approve, what the file says waits for somebody who may.
WITH added AS (
    INSERT INTO milestone (layer, feature, milestone, reached_on, state, recorded_by, source)
    SELECT
        feature.layer,
        feature.id,
        staged_milestone.milestone,
        staged_milestone.reached_on,
        standing.state,
        %(by)s,
        %(source)s
    FROM staged_milestone
    INNER JOIN {staged} AS staged ON staged.id = staged_milestone.id
    INNER JOIN feature ON feature.layer = staged.layer AND feature.code = staged.code
    CROSS JOIN LATERAL (
        SELECT
            CASE
                WHEN %(approving)s::text[] IS NULL OR feature.org_unit = ANY(%(approving)s::text[]) THEN 'approved'
                ELSE 'pending'
            END AS state
    ) AS standing
    WHERE NOT EXISTS (
        SELECT
        FROM milestone
        WHERE
            milestone.layer = feature.layer
            AND milestone.feature = feature.id
            AND milestone.milestone = staged_milestone.milestone
            AND milestone.reached_on = staged_milestone.reached_on
            AND milestone.state IN ('approved', standing.state)
            AND milestone.revoked_at IS NULL
    )
    RETURNING feature, milestone, reached_on
),

told AS (
    INSERT INTO staged_difference (feature, field, new)
    SELECT
        feature,
        'milestone:' || milestone,
        reached_on::text
    FROM added
    WHERE %(again)s AND NOT EXISTS (
        SELECT
        FROM staged_change
        WHERE staged_change.feature = added.feature AND staged_change.fresh
    )
)

INSERT INTO staged_change (feature, fresh)
SELECT
    feature,
    false
FROM added;
