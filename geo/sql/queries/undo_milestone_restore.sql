-- A revoked record stays history: the same record is made once more.
INSERT INTO milestone (
    layer, feature, milestone, reached_on, state, recorded_at, recorded_by, note, source, report, judged_at, judged_by,
    judgement
)
SELECT
    layer,
    feature,
    milestone,
    reached_on,
    state,
    recorded_at,
    recorded_by,
    note,
    source,
    report,
    judged_at,
    judged_by,
    judgement
FROM milestone
WHERE
    layer = %(layer)s::text
    AND revoked_source = %(id)s::bigint
    AND source IS DISTINCT FROM %(id)s::bigint;
