-- A revoked record stays history: the same record is made once more.
INSERT INTO milestone (layer, feature, milestone, reached_on, state, recorded_at, recorded_by, note, source)
SELECT
    layer,
    feature,
    milestone,
    reached_on,
    state,
    recorded_at,
    recorded_by,
    note,
    source
FROM milestone
WHERE
    layer = %(layer)s::text
    AND revoked_source = %(id)s::bigint
    AND source IS DISTINCT FROM %(id)s::bigint;
