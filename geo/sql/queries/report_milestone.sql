INSERT INTO milestone (layer, feature, milestone, reached_on, state, recorded_by, note, report)
VALUES (
    %(layer)s::text,
    %(feature)s::uuid,
    %(milestone)s::text,
    %(seen_on)s::date,
    'pending',
    %(by)s::text,
    %(note)s::text,
    %(id)s::uuid
);
